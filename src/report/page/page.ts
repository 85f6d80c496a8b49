// What a report does where scripts run: its tables sort and filter, its links unfold.
import { makeFilterable } from "./filter.js";
import { makeSortable } from "./sort.js";
import { makeUnfolding } from "./unfold.js";

makeSortable();
makeFilterable();
makeUnfolding();
