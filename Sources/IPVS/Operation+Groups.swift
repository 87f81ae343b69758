/// A destination that is to be added, and the weight by which its place in a table is built.
public struct Arrival: Hashable, Sendable {
    /// What it is to be in the end.
    public var destination: Destination
    /// Its weight when it is healthy; Maglev keeps the places of the last weight above 0.
    public var nominalWeight: Int

    /// A destination that is added with `nominalWeight` and then becomes what it is.
    public init(_ destination: Destination, nominalWeight: Int) {
        self.destination = destination
        self.nominalWeight = nominalWeight
    }
}

extension Operation {
    /// Adds a destination at its nominal weight, then sets the weight it shall have.
    ///
    /// Added with weight 0, it would have no places in the table of Maglev, while on directors
    /// that set it to 0 later it has, and they would disagree about most of its clients.
    public static func introduce(_ arrival: Arrival, to service: ServiceIdentity) -> [Operation] {
        var first = arrival.destination
        first.weight = arrival.nominalWeight
        let add = newDestination(first, of: service)
        guard first != arrival.destination else { return [add] }
        return [add, updateDestination(arrival.destination, of: service)]
    }

    /// Removes a destination and adds it again, which moves it to the front of the kernel's list.
    ///
    /// Sent together, as `Client.apply` does, its connections survive.
    public static func replace(_ arrival: Arrival, of service: ServiceIdentity) -> [Operation] {
        [deleteDestination(arrival.destination.endpoint, of: service)]
            + introduce(arrival, to: service)
    }

    /// Adds a service with its destinations so that its table is built once, not once for each.
    ///
    /// The kernel lists destinations last added first, and Maglev's table depends on the order:
    /// directors that should agree must add them in the same order. Until the last of these is
    /// carried out the service turns connections away. If the service is there already, the first
    /// fails, and the rest makes it what is wanted but for destinations it has besides.
    public static func load(_ service: Service, _ arrivals: [Arrival]) -> [Operation] {
        guard !arrivals.isEmpty, service.scheduler != .none else {
            return [newService(service)] + arrivals.flatMap { introduce($0, to: service.identity) }
        }
        var bare = service
        bare.scheduler = .none
        return [newService(bare)]
            + arrivals.flatMap { introduce($0, to: service.identity) }
            + [updateService(service)]
    }

    /// True when the two are about the same destination, so that nothing may come between.
    private func belongs(with next: Operation) -> Bool {
        destination != nil && destination == next.destination && service == next.service
    }

    /// The ranges of `operations` that have to stay together, in order.
    static func companions(in operations: [Operation]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for (index, operation) in operations.enumerated() {
            if let last = ranges.last, operations[index - 1].belongs(with: operation) {
                ranges[ranges.count - 1] = last.lowerBound..<(index + 1)
            } else {
                ranges.append(index..<(index + 1))
            }
        }
        return ranges
    }
}
