export default {
  files: ["test/**/*.test.ts"],
  extensions: ["ts"],
  nodeArguments: [
    "--conditions=@coterie/source",
    `--import=${new URL("tools/ci/properties.ts", import.meta.url).href}`,
  ],
  timeout: "5m",
  // A native addon that dies takes its own test file with it, and not the runner.
  workerThreads: false,
};
