export default {
  files: ["test/**/*.test.ts"],
  extensions: ["ts"],
  nodeArguments: ["--conditions=@coterie/source"],
  timeout: "5m",
};
