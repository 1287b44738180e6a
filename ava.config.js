export default {
  files: ["test/**/*.test.ts"],
  extensions: ["ts"],
  nodeArguments: ["--conditions=@coterie/source"],
  timeout: "5m",
  // A native addon that dies takes its own test file with it, and not the runner.
  workerThreads: false,
};
