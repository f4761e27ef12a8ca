/** Which keys a lake takes, the same in a bucket and in a folder, so that `brier push` can carry one into the other. */

/** What stands between two slashes. A leading dot would hide it, and `..` would leave the folder. */
const badPart = /^$|^\.|\\|\p{Cc}/u;

/** @throws unless `key` is one or more names joined by single slashes, none of them hidden. */
export function checkLakeKey(key: string): void {
  for (const part of key.split("/")) {
    if (badPart.test(part)) refuse("key", key, part);
  }
}

/** @throws unless some key could begin with `prefix`; the empty prefix stands for all keys. */
export function checkLakePrefix(prefix: string): void {
  const parts = prefix.split("/");
  for (const [index, part] of parts.entries()) {
    const unfinished = index === parts.length - 1 && part === "";
    if (badPart.test(part) && !(unfinished && prefix !== "/")) refuse("prefix", prefix, part);
  }
}

function refuse(kind: "key" | "prefix", text: string, part: string): never {
  throw new Error(
    `lake ${kind} ${JSON.stringify(text)}: the part ${JSON.stringify(part)} is empty, begins with a dot or holds ` +
      'a backslash or control character; join plain names with single "/", without one in front',
  );
}
