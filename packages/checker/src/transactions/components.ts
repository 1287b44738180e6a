/**
 * The strongly connected components with more than one node, each as its list of nodes (Tarjan 1972, without
 * recursion: histories are longer than stacks are deep). `successors` answers the nodes a node leads to. O(V + E).
 */
export function stronglyConnected(
  nodes: number,
  successors: (node: number) => readonly number[],
): number[][] {
  const components: number[][] = [];
  const order = new Int32Array(nodes).fill(-1);
  const low = new Int32Array(nodes);
  const onStack = new Uint8Array(nodes);
  const stack: number[] = [];
  let visited = 0;

  for (let root = 0; root < nodes; root++) {
    if (order[root] !== -1) continue;
    const path: { node: number; next: readonly number[]; at: number }[] = [];
    const enter = (node: number): void => {
      order[node] = low[node] = visited++;
      stack.push(node);
      onStack[node] = 1;
      path.push({ node, next: successors(node), at: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const frame = path[path.length - 1]!;
      if (frame.at < frame.next.length) {
        const to = frame.next[frame.at++]!;
        if (order[to] === -1) enter(to);
        else if (onStack[to] === 1) low[frame.node] = Math.min(low[frame.node]!, order[to]!);
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent) low[parent.node] = Math.min(low[parent.node]!, low[frame.node]!);
      if (low[frame.node] !== order[frame.node]) continue;
      const component = stack.splice(stack.lastIndexOf(frame.node));
      for (const node of component) onStack[node] = 0;
      if (component.length > 1) components.push(component);
    }
  }
  return components;
}
