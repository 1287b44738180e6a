/** What a process of a bench is for: does what its parent orders, one answer to each, and ends with it. */
export function serve<Order>(obey: (order: Order) => Promise<unknown>): void {
  process.on("message", (order: Order) => {
    obey(order).then(
      (answer) => process.send!(answer),
      (error: Error) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on("disconnect", () => process.exit());
}
