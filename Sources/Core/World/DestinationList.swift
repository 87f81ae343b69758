package import Net

/// The destinations of a service in the kernel's order: the one added last comes first.
///
/// The order matters because Maglev fills its table in it, and nothing tells the kernel to change
/// it: what is new comes to the front, what is updated keeps its place. Assigning to an endpoint
/// does just that here. A list that reads ascending, which is what every director keeps, is
/// searched by halving; any other one from end to end.
package struct DestinationList: Equatable, Sendable {
    fileprivate struct Entry: Equatable, Sendable {
        let endpoint: Endpoint
        var slice: DestinationSlice
    }

    /// Added first comes first here, so that the front of the list is where an array grows.
    fileprivate var entries: [Entry] = []
    /// Whether the list reads ascending by endpoint; kept, since every search asks.
    package private(set) var isAscending = true

    /// A list of nothing.
    package init() {}

    /// The destinations of `elements`, the first of which is at the front; of those that share an
    /// endpoint only the first counts.
    package init(inOrder elements: some Sequence<(key: Endpoint, value: DestinationSlice)>) {
        entries = elements.map { Entry(endpoint: $0.key, slice: $0.value) }
        entries.reverse()
        isAscending = Self.isDescending(entries)
        guard !isAscending else { return }
        var known: Set<Endpoint> = []
        let unique = entries.reversed().filter { known.insert($0.endpoint).inserted }
        guard unique.count != entries.count else { return }
        entries = unique.reversed()
        isAscending = Self.isDescending(entries)
    }

    /// The destinations of `elements` in ascending order.
    package init(ascending elements: some Sequence<(key: Endpoint, value: DestinationSlice)>) {
        self.init(inOrder: elements.sorted { $0.key < $1.key })
    }

    /// What is at `endpoint`; assigning something new puts it in front, `nil` takes it away.
    package subscript(endpoint: Endpoint) -> DestinationSlice? {
        get { index(of: endpoint).map { entries[$0].slice } }
        set {
            guard let slice = newValue else { return remove(endpoint) }
            if let index = index(of: endpoint) {
                entries[index].slice = slice
            } else {
                isAscending = isAscending && entries.last.map { endpoint < $0.endpoint } ?? true
                entries.append(Entry(endpoint: endpoint, slice: slice))
            }
        }
    }

    /// Takes what is at `endpoint` away, if there is something, and puts `slice` in front.
    package mutating func moveToFront(_ endpoint: Endpoint, _ slice: DestinationSlice) {
        remove(endpoint)
        self[endpoint] = slice
    }

    /// The endpoints, in order.
    package var keys: [Endpoint] { entries.reversed().map(\.endpoint) }

    /// What is at each, in order.
    package var values: [DestinationSlice] { entries.reversed().map(\.slice) }

    /// How many there are.
    package var count: Int { entries.count }

    /// Whether there is none.
    package var isEmpty: Bool { entries.isEmpty }

    /// Those that satisfy `isIncluded`, in the order they have here.
    package func filter(_ isIncluded: (Element) -> Bool) -> DestinationList {
        var result = self
        result.entries.removeAll { !isIncluded(($0.endpoint, $0.slice)) }
        result.isAscending = isAscending || Self.isDescending(result.entries)
        return result
    }

    private mutating func remove(_ endpoint: Endpoint) {
        guard let index = index(of: endpoint) else { return }
        entries.remove(at: index)
        isAscending = isAscending || Self.isDescending(entries)
    }

    private func index(of endpoint: Endpoint) -> Int? {
        guard isAscending else { return entries.firstIndex { $0.endpoint == endpoint } }
        var range = entries.startIndex..<entries.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            let found = entries[middle].endpoint
            if found == endpoint { return middle }
            range = found < endpoint ? range.lowerBound..<middle : (middle + 1)..<range.upperBound
        }
        return nil
    }

    private static func isDescending(_ entries: [Entry]) -> Bool {
        zip(entries, entries.dropFirst()).allSatisfy { $1.endpoint < $0.endpoint }
    }
}

extension DestinationList: Sequence {
    /// An endpoint and what is there.
    package typealias Element = (key: Endpoint, value: DestinationSlice)

    /// Walks from the front.
    package struct Iterator: IteratorProtocol {
        fileprivate var rest: ArraySlice<Entry>

        package mutating func next() -> Element? {
            rest.popLast().map { ($0.endpoint, $0.slice) }
        }
    }

    package func makeIterator() -> Iterator { Iterator(rest: entries[...]) }
}

extension DestinationList: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (Endpoint, DestinationSlice)...) {
        self.init(inOrder: elements.map { (key: $0.0, value: $0.1) })
    }
}

// MARK: - Getting from one order to another

extension DestinationList {
    /// How many at the end of this list can stay where they are in `seen` when it is to become
    /// this list, and a destination can only be moved to the front.
    ///
    /// They are the longest end of this list that stands in `seen` in the same order. Everything
    /// before it has to be moved or added, from the last to the first, so no fewer would do.
    package func unmovedCount(in seen: DestinationList) -> Int {
        guard self != seen else { return count }
        var rest = seen.entries[...]
        for (position, entry) in entries.enumerated() {
            guard let place = rest.firstIndex(where: { $0.endpoint == entry.endpoint }) else {
                return position
            }
            rest = rest[(place + 1)...]
        }
        return count
    }

    /// The list to aim at from `seen`: `staying` reads ascending, and `leaving` is left in peace.
    ///
    /// What is leaving, or has a form that is not ours to write, is not moved: moving takes it
    /// away and adds it anew, and with it the places in a table that nobody knows to restore.
    package static func arranged(
        staying: DestinationList,
        leaving: DestinationList,
        from seen: DestinationList
    ) -> DestinationList {
        guard !leaving.isEmpty else { return staying }
        let moving = Array(staying.prefix(staying.count - staying.unmovedCount(in: seen)))
        let movingEndpoints = Set(moving.map(\.key))
        let unmoved = seen.lazy.compactMap { element -> Element? in
            guard !movingEndpoints.contains(element.key) else { return nil }
            return (staying[element.key] ?? leaving[element.key]).map { (element.key, $0) }
        }
        return DestinationList(inOrder: moving + Array(unmoved))
    }
}
