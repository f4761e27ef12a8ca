/** The articles of docs/runbook.md. An alarm names one; a test compares them with the headings there. */
export const articles = {
  sourceFailing: "A source is failing",
  sourceNotRunning: "A source is not running",
  sourceNothingNew: "A source brings nothing new",
  sourceDeadLetters: "A source has dead letters",
  queueFailing: "A function is failing",
  queueNotRunning: "A queue is not being worked off",
  queueNothingNew: "A queue brings nothing new",
  queueDeadLetters: "A queue has dead letters",
  streamNotRunning: "The streams are not held",
} as const;

export type Article = (typeof articles)[keyof typeof articles];

/** The article's place in the file, as GitHub makes anchors of headings. */
export function anchorOf(article: Article): string {
  return `docs/runbook.md#${article.toLowerCase().replaceAll(" ", "-")}`;
}
