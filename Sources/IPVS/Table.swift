/// Everything IPVS holds in this network namespace, as it was while it was read.
///
/// It is not a snapshot: the kernel has no such thing, and says nothing when somebody changes the
/// table meanwhile.
package struct Table: Hashable, Sendable {
    /// A service and its destinations.
    package struct Entry: Hashable, Sendable {
        /// The service.
        package var service: ObservedService
        /// Its destinations in the kernel's order, last added first.
        package var destinations: [ObservedDestination]

        /// A service with these destinations.
        package init(_ service: ObservedService, _ destinations: [ObservedDestination]) {
            self.service = service
            self.destinations = destinations
        }
    }

    /// The services, in an order that means nothing.
    package var entries: [Entry]

    /// A table of these services.
    package init(_ entries: [Entry] = []) { self.entries = entries }
}
