import Net

extension Slice {
    /// The steps from the services that are masqueraded to those that should be.
    func masqueradeChanges(to wanted: Slice, at address: IPAddress) -> [Change] {
        let all = masqueraded.union(wanted.masqueraded).sorted()
        return all.compactMap { id in
            let key = ServiceKey(address, id)
            switch (masqueraded.contains(id), wanted.masqueraded.contains(id)) {
            case (false, true): return .masquerade(key)
            case (true, false): return .unmasquerade(key)
            case (true, true), (false, false): return nil
            }
        }
    }
}
