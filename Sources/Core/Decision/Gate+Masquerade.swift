import Net

// Packets that go on with the director's own address, so that replies return through it.

extension Gate {
    /// Whether packets of `service` are seen to go on as they should.
    ///
    /// Without it the replies of a server whose route leads elsewhere never reach the client: the
    /// service is in the table and serves nobody.
    func isMasqueradedAsWanted(_ service: VirtualService) -> Bool {
        !service.hasSourceNAT || sight.slice.masqueraded.contains(service.id)
    }

    /// The services of `vip` that should be masqueraded now, `services` being wanted in the table.
    ///
    /// One that is on its way out keeps it while it is in the table: flows would lose their way
    /// back in the middle. One that is configured without loses it at once, which only concerns
    /// new flows.
    func wantedMasquerades(
        of vip: VIP,
        among services: [ServiceID: ServiceSlice]
    ) -> Set<ServiceID> {
        let configured = Set(vip.services.map(\.id))
        let wanted = Set(vip.services.filter(\.hasSourceNAT).map(\.id))
        let leaving = sight.slice.masqueraded.subtracting(configured)
        // As with services: the address comes first, for it tells that the rest is ours.
        return wanted.filter { sight.slice.bound || sight.slice.masqueraded.contains($0) }
            .union(leaving.filter { services[$0] != nil })
    }
}
