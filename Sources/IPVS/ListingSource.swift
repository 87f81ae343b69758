package import Net
package import Netlink

/// Where listings come from: the file of the kernel, or what stands in its place.
package struct ListingSource: Sendable {
    private let content: @Sendable () async throws(KernelFile.Failure) -> [UInt8]

    /// A source whose file has this content whenever it is read.
    package init(
        _ content: @escaping @Sendable () async throws(KernelFile.Failure) -> [UInt8]
    ) {
        self.content = content
    }

    /// The kernel's own file, for the network namespace of this process.
    package static func live() -> ListingSource {
        let reader = KernelFileReader(label: "penstock.ipvs.listing")
        let file = KernelFile(Listing.path)
        return ListingSource { () async throws(KernelFile.Failure) in
            try await reader.bytes(of: file, atMost: NetlinkLimits.kernelListingBytes)
        }
    }

    /// What the kernel prints now, which needs no privilege.
    package func printout() async throws(ListingError) -> [UInt8] {
        do throws(KernelFile.Failure) {
            return try await content()
        } catch {
            throw .unreadable(error)
        }
    }

    /// What a printout of the kernel says.
    package static func listing(of printout: [UInt8]) throws(ListingError) -> Listing {
        do throws(ParseError) {
            return try Listing(parsing: printout)
        } catch {
            throw .strange(error)
        }
    }
}

/// Why there is no listing; nothing follows from it about the table itself.
package enum ListingError: Error, Hashable, Sendable {
    /// The file cannot be read.
    case unreadable(KernelFile.Failure)
    /// It holds something else.
    case strange(ParseError)

    /// The stable code for logs and alerts.
    package var code: String { "K331" }

    /// What failed, in one line.
    package var summary: String { "\(Listing.path) cannot be read" }

    /// What the kernel said.
    package var because: String {
        switch self {
        case .unreadable(let failure): "\(failure.attempted) said \(failure.errno)"
        case .strange(let error): "\(error)"
        }
    }

    /// What to do next.
    package var fix: String {
        "nothing is lost but time: changes by others are found by the full look alone; "
            + "is /proc masked in this container?"
    }
}
