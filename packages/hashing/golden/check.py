#!/usr/bin/env python3
"""Checks golden/vectors.json with nothing but this file: each strategy once more, from its description in INTERNALS.md.

Written to be read beside the TypeScript by whoever needs the same placements in another language. No library needed.
"""
import json
import math
import pathlib
import sys

M32 = 0xFFFFFFFF
GOLDEN = 0x9E3779B9


def mix(h):
    h &= M32
    h ^= h >> 16
    h = h * 0x85EBCA6B & M32
    h ^= h >> 13
    h = h * 0xC2B2AE35 & M32
    return h ^ h >> 16


def murmur3(data, seed):
    def scramble(k):
        k = k * 0xCC9E2D51 & M32
        return (k << 15 | k >> 17) * 0x1B873593 & M32

    h = seed
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        h ^= scramble(int.from_bytes(data[i : i + 4], "little"))
        h = ((h << 13 | h >> 19) * 5 + 0xE6546B64) & M32
    return mix(h ^ scramble(int.from_bytes(data[whole:], "little")) ^ len(data))


def read(key):
    if "string" in key:
        return key["string"].encode()
    if "integer" in key:
        return key["integer"].to_bytes(8, "little", signed=True)
    return bytes.fromhex(key["bytes"])


def waiting(u):
    """-ln(u), from operations that IEEE 754 fixes."""
    if u <= 0:
        return math.inf
    doublings = 0
    while u < 2 / 3:
        u *= 2
        doublings += 1
    s = (u - 1) / (u + 1)
    series = 0.0
    for k in range(21, 0, -2):
        series = series * (s * s) + 1 / k
    return doublings * 0.6931471805599453 - 2 * s * series


def even(score):
    return (score + 0.5) / 2**32


class Node:
    def __init__(self, node, seed):
        self.id, self.weight = node["id"], node["weight"]
        self.first = murmur3(self.id.encode(), seed)
        self.second = murmur3(self.id.encode(), seed ^ 0x9747B28C) | 1


def cheapest(nodes, cost):
    return [node for _, _, node in sorted(((cost(n), n.id, n) for n in nodes), key=lambda entry: entry[:2])]


def ring(nodes, options):
    count, arcs = options["virtualNodes"], options["arcs"]

    def point(node, stratum):
        return stratum + mix(node.first + stratum % count * node.second) / 2**32

    def bid(node, at):
        stratum = math.floor(at)
        d = min(abs(at - point(node, stratum + step)) for step in (-1, 0, 1))
        if balanced:
            return d
        near = 2 * d - 4 / 3 * d * d * d if d <= 0.5 else 1 - 4 / 3 * (1 - d) * (1 - d) * (1 - d)
        return waiting(1 - near) / node.weight

    balanced = len({n.weight for n in nodes}) == 1
    return lambda h: cheapest(nodes, lambda n: bid(n, (h * arcs // 2**32 + 0.5) * count / arcs))


def rendezvous(nodes, options):
    return lambda h: cheapest(nodes, lambda n: waiting(even(mix((h ^ n.first) * n.second))) / n.weight)


def skeleton(nodes, options):
    def digit(node, depth):
        word = node.first if depth < 8 else node.second
        return word >> 28 - 4 * (depth % 8) & 15

    def descend(group, depth, seed, h):
        if len(group) == 1:
            return group[0]
        forks = {}
        for node in group:
            forks.setdefault(digit(node, depth), []).append(node)
        seeds = {place: mix(seed ^ (place + 1) * 0x9E3779B1) for place in forks}
        cost = lambda place: waiting(even(mix(h ^ seeds[place]))) / sum(n.weight for n in forks[place])
        place = min(sorted(forks), key=cost)
        return descend(forks[place], depth + 1, seeds[place], h)

    def owners(h):
        left, chosen = list(nodes), []
        while left and len(chosen) < 3:
            chosen.append(descend(left, 0, mix(0x2545F491), h))
            left.remove(chosen[-1])
        return chosen

    return owners


def jump_bucket(key, buckets):
    bucket, following = -1, 0
    while following < buckets:
        bucket = following
        key = (key * 2862933555777941757 + 1) % 2**64
        following = int((bucket + 1) * (2**31 / ((key >> 33) + 1)))
    return bucket


def jump(nodes, options):
    return lambda h: [nodes[jump_bucket(h << 32 | mix(h + GOLDEN), len(nodes))]]


def maglev(nodes, options):
    size = options["table"]
    order = sorted(nodes, key=lambda n: n.id)
    heaviest = max(n.weight for n in order)
    cursor = [n.first % size for n in order]
    credit = [0.0] * len(order)
    table, filled = [None] * size, 0
    while filled < size:
        for i, node in enumerate(order):
            credit[i] += node.weight / heaviest
            if credit[i] < 1 or filled == size:
                continue
            credit[i] -= 1
            while table[cursor[i]] is not None:
                cursor[i] = (cursor[i] + node.second % (size - 1) + 1) % size
            table[cursor[i]] = node
            filled += 1
    return lambda h: [table[h * size // 2**32]]


def multi_probe(nodes, options):
    points = []
    for node in nodes:
        for j in range(max(1, math.floor(node.weight * options["virtualNodes"] + 0.5)), 0, -1):
            points.append((mix(node.first + j * node.second), node))
    points.sort(key=lambda point: (point[0], point[1].id))

    def owners(h):
        probes = [mix(h + i * GOLDEN) for i in range(options["probes"])]
        gap = lambda probe: min(((position - probe) % 2**32, i) for i, (position, _) in enumerate(points))
        return [points[min((gap(probe) for probe in probes), key=lambda found: found[0])[1]][1]]

    return owners


def anchor(nodes, options, removed, buckets):
    """The history as it was: all buckets work, then those in `removed` go one by one."""
    capacity = options["capacity"]
    anchors, working = [0] * capacity, list(range(capacity))
    successor, place = list(range(capacity)), list(range(capacity))
    count = capacity
    for bucket in removed:
        count -= 1
        anchors[bucket] = count
        working[place[bucket]] = successor[bucket] = working[count]
        place[working[count]] = place[bucket]
    named = {n.id: n for n in nodes}

    def owners(h):
        bucket = h * capacity // 2**32
        while anchors[bucket]:
            following = mix(h ^ mix(bucket + 1)) * anchors[bucket] // 2**32
            while anchors[following] >= anchors[bucket]:
                following = successor[following]
            bucket = following
        return [named[buckets[bucket]]]

    return owners


def digest(text):
    return "".join(f"{murmur3(text.encode(), seed):08x}" for seed in range(4))


def canonical(nodes):
    whole = lambda w: int(w) if w == int(w) else w
    return json.dumps([[n.id, whole(n.weight), None] for n in nodes], separators=(",", ":"), ensure_ascii=False)


def check(placement, hashes):
    parts = placement["fingerprint"].split("/")
    partitions = int(parts[1].split("=")[1]) if parts[0] == "partitions-v1" else None
    if partitions:
        parts = parts[2:]
    name, hashing, *described, told = parts
    options = dict(pair.split("=") for part in described for pair in part.split(","))
    options = {key: int(value) if value.isdigit() and key != "removed" else value for key, value in options.items()}
    nodes = [Node(node, int(hashing.split("seed=")[1])) for node in placement["nodes"]]
    assert digest(canonical(nodes)) == told, "the fingerprint's digest"
    if name == "anchor-v1":
        assert digest(",".join(map(str, placement["removed"]))) == options["removed"], "the digest of the history"
        owners = anchor(nodes, options, placement["removed"], placement["buckets"])
    else:
        owners = globals()[name[: -len("-v1")].replace("-", "_")](nodes, options)
    for key, expected in zip(hashes, placement["owners"]):
        h = murmur3(read(key["key"]), int(hashing.split("seed=")[1]))
        if partitions:
            h = mix(h * partitions // 2**32 + GOLDEN)
        found = [node.id for node in owners(h)][:3]
        assert found == expected[: len(found)], f"{key['key']}: {found} instead of {expected}"
    return len(hashes)


def main():
    vectors = json.loads((pathlib.Path(__file__).parent / "vectors.json").read_text())
    for entry in vectors["hashes"]:
        assert [murmur3(read(entry["key"]), seed) for seed in (0, 1, 0x9747B28C)] == entry["hash"], entry
    for key, buckets, bucket in vectors["jump"]:
        assert jump_bucket(key % 2**64, buckets) == bucket, (key, buckets)
    for placement in vectors["placements"]:
        print(f"{placement['name']}: {check(placement, vectors['hashes'])} keys as they should be")


sys.exit(main())
