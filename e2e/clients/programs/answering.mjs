// Answers each line on standard input with what one function of a program said: node answering.mjs PROGRAM
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const kinds = (error) => {
  const found = [];
  for (let one = Object.getPrototypeOf(error); one; one = Object.getPrototypeOf(one)) found.push(one.constructor.name);
  return found;
};

const plain = (value) => value === null || ["string", "number", "boolean"].includes(typeof value);

const told = (given) => {
  const error = given instanceof Error ? given : new Error(JSON.stringify(given));
  const fields = Object.fromEntries(Object.entries(error).filter(([, value]) => plain(value)));
  const text = [error.message, error.cause?.message].filter(Boolean).join(": ");
  return { kind: error.name, kinds: kinds(error), text, fields };
};

console.log = console.info = console.warn = console.error; // an SDK may print

const functions = await import(pathToFileURL(process.argv[2]));
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let said;
  try {
    said = { returned: (await functions[asked.call](asked.with)) ?? null };
  } catch (error) {
    said = { raised: told(error) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
process.exit(0); // sites of the program are still listening
