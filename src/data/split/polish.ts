// Polish: units change sides for as long as that brings the shares nearer to what they should be.
import { Balance } from "./balance.js";
import type { Evidence } from "./evidence.js";

/** It seldom takes more than five. */
const mostRounds = 20;

/**
 * Among so few units any two are tried as partners in an exchange. Groups need it, since moving a whole one
 * leaves a hole; among many small units single moves come as near.
 */
const mostExchanged = 2000;

/** Less than rounding could feign, and round for ever. */
const gain = -1e-9;

/**
 * Lowers the sum that Balance measures: a unit changes sides if that alone lowers it; then two units change
 * places if that does; until neither does.
 *
 * @param sideOf 0 training, 1 validation; changed in place. Neither side becomes empty.
 */
export function polish(evidence: Evidence, share: number, sideOf: Uint8Array): void {
  const balance = new Balance(evidence, share, sideOf);
  for (let round = 0; round < mostRounds; round++) {
    let moved = false;
    for (const unit of evidence.order) {
      if (balance.isLast(unit) || balance.riseOf(unit) > gain) continue;
      balance.move(unit);
      moved = true;
    }
    for (const unit of evidence.units <= mostExchanged ? evidence.order : []) {
      const { partner, rise } = balance.bestPartner(unit);
      if (partner < 0 || rise > gain) continue;
      balance.move(unit);
      balance.move(partner);
      moved = true;
    }
    if (!moved) return;
  }
}
