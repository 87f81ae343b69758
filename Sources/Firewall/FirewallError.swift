package import Netlink

/// Why something about our table of nf_tables could not be done or seen.
package struct FirewallError: Error, Hashable, Sendable {
    /// What was attempted, as it follows "cannot".
    package let attempted: String
    /// What stood in the way.
    package let reason: NetlinkError

    /// An error of these parts.
    package init(attempted: String, reason: NetlinkError) {
        self.attempted = attempted
        self.reason = reason
    }

    /// The stable code of the condition; codes are never reused.
    package var code: String {
        switch condition {
        case .forbidden: "K340"
        case .noTables: "K341"
        case .noStep: "K342"
        case .other: "K343"
        }
    }

    /// What the kernel said.
    package var because: String {
        switch reason {
        case .refused(let errno, let words): words.isEmpty ? "\(errno)" : "\(errno): \(words)"
        case .noFamily(let name): "the kernel has no netlink family \(name)"
        case .unavailable(let errno, let attempted): "\(errno) on: \(attempted)"
        case .overrun: "ENOBUFS: the kernel dropped its answer"
        case .timedOut(let duration): "no answer within \(duration)"
        case .malformed(let what): "an answer that makes no sense: \(what)"
        case .interrupted: "the table changed while it was read, several times over"
        }
    }

    /// What to do next.
    package var fix: String {
        switch condition {
        case .forbidden: "CAP_NET_ADMIN is missing: give it to the service or the container"
        case .noTables: "load the module on the host: modprobe nf_tables"
        case .noStep:
            "load the modules on the host: modprobe -a nft_chain_nat nft_masq nft_ct (Linux 5.2 or "
                + "later)"
        case .other:
            "wait: it is tried again in the next round; nft list ruleset shows what is there"
        }
    }

    private enum Condition { case forbidden, noTables, noStep, other }

    private var condition: Condition {
        switch reason {
        case .refused(.notPermitted, _), .unavailable(.notPermitted, _): .forbidden
        // nfnetlink without the subsystem says EOPNOTSUPP to a transaction and EINVAL to a
        // question (`nfnetlink_rcv_msg`); without nfnetlink there is no such socket.
        case .refused(.notSupported, _), .refused(.invalid, _),
            .unavailable(.protocolNotSupported, _):
            .noTables
        // A look treats it as an absent table: so it is a kind of chain, or a step of a rule.
        case .refused(.noEntry, _): .noStep
        default: .other
        }
    }
}

extension FirewallError: CustomStringConvertible {
    /// One line, as other errors have it.
    package var description: String { "cannot \(attempted) (\(because)); fix: \(fix)" }
}
