// What this library runs on. It is imported before anything that would fail without telling why.

const needed = [20, 3] as const;
const { node } = process.versions;
const [major = 0, minor = 0] = node.split(".").map(Number);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  const error = new Error(
    `@openchatops/oco needs Node ${needed.join(".")} or newer, and this is Node ${node}: run the program with a newer one`,
  );
  error.stack = `${error.name}: ${error.message}`;
  throw error;
}

export {};
