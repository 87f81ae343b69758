package import Link
package import Net

/// What was put on this machine and was not there before, so that it can be taken back exactly.
package struct Memory: Hashable, Sendable, Codable {
    /// A VIP that was added.
    package struct Address: Hashable, Sendable, Codable {
        /// The VIP, as text.
        package var address: String
        /// The link it was added to.
        package var link: String
    }

    /// A link that was made or set up.
    package struct Link: Hashable, Sendable, Codable {
        /// Its name.
        package var name: String
        /// Whether it was made, rather than only set up.
        package var isMade: Bool
    }

    /// The form of the file; another one is refused rather than guessed at.
    package static let currentVersion = 1

    /// The form of this one.
    package var version = currentVersion
    /// In the order in which they were added.
    package var addresses: [Address] = []
    /// In the order in which they were made or set up.
    package var links: [Link] = []
    /// One for each file that was written.
    package var settings: [Sysctl.Undo] = []

    /// Nothing to take back.
    package init() {}

    /// Whether there is nothing to take back.
    package var isEmpty: Bool { addresses.isEmpty && links.isEmpty && settings.isEmpty }

    /// Remembers a write to a setting; of several to one file, what was there before the first.
    package mutating func note(_ undo: Sysctl.Undo) {
        if let index = settings.firstIndex(where: { $0.path == undo.path }) {
            settings[index].after = undo.after
        } else {
            settings.append(undo)
        }
    }

    /// Remembers that a link was made, or set up.
    package mutating func note(_ name: LinkName, isMade: Bool) {
        guard !links.contains(where: { $0.name == name.text }) else { return }
        links.append(Link(name: name.text, isMade: isMade))
    }

    /// Remembers that a VIP was added.
    package mutating func note(_ vip: IPAddress, on link: LinkName) {
        let entry = Address(address: "\(vip)", link: link.text)
        guard !addresses.contains(entry) else { return }
        addresses.append(entry)
    }
}
