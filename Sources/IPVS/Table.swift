/// Everything IPVS holds in this network namespace, as it was while it was read.
///
/// It is not a snapshot: the kernel has no such thing, and says nothing when somebody changes the
/// table meanwhile.
public struct Table: Hashable, Sendable {
    /// A service and its destinations.
    public struct Entry: Hashable, Sendable {
        /// The service.
        public var service: ObservedService
        /// Its destinations in the kernel's order, last added first.
        public var destinations: [ObservedDestination]

        /// A service with these destinations.
        public init(_ service: ObservedService, _ destinations: [ObservedDestination]) {
            self.service = service
            self.destinations = destinations
        }
    }

    /// The services, in an order that means nothing.
    public var entries: [Entry]

    /// A table of these services.
    public init(_ entries: [Entry] = []) { self.entries = entries }
}
