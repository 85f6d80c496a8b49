// Unfolds what a link leads to: a folded section, or what lies inside one.

/** Makes links within the page unfold what they lead to. */
export function makeUnfolding(): void {
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target === null) return;
    const own = target.matches("details") ? target : target.querySelector(":scope > details.section");
    let folded = own ?? target.closest("details");
    while (folded !== null) {
      folded.setAttribute("open", "");
      folded = folded.parentElement?.closest("details") ?? null;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  // A link to where the page stands already changes no hash.
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.('a[href^="#"]');
    if (link?.getAttribute("href") === location.hash) unfold();
  });
  if (location.hash !== "") unfold();
}
