package import Netlink

/// Why something about our link, its addresses or a kernel setting could not be done or seen.
package struct LinkError: Error, Hashable, Sendable {
    /// What stood in the way.
    package enum Reason: Hashable, Sendable {
        /// The kernel refused, or the exchange with it failed.
        case netlink(NetlinkError)
        /// A link of our name exists and is of another kind; `nil` when the kernel tells none, as
        /// for a network card.
        case notDummy(kind: String?)
        /// The link does not exist.
        case noLink
        /// Another program has a route to the same address with this metric.
        case routeTaken(metric: UInt32)
        /// A file under /proc/sys could not be read or written.
        case file(KernelFile.Failure)
        /// The text is no value that this setting can have.
        case notANumber(String)
    }

    /// What was attempted, as it follows "cannot": `add 192.0.2.1 to the link penstock`.
    package let attempted: String
    /// What stood in the way.
    package let reason: Reason

    /// An error of these parts.
    package init(attempted: String, reason: Reason) {
        self.attempted = attempted
        self.reason = reason
    }

    /// The stable code of the condition; codes are never reused.
    package var code: String {
        switch reason {
        case .netlink(.refused(let errno, _)) where errno == .notPermitted: "K303"
        case .file: "K306"
        case .netlink: "K307"
        case .notDummy: "K308"
        case .noLink, .notANumber: "K309"
        case .routeTaken: "K347"
        }
    }

    /// What the kernel said, or what was found instead.
    package var because: String {
        switch reason {
        case .netlink(.refused(let errno, let words)):
            words.isEmpty ? "\(errno)" : "\(errno): \(words)"
        case .netlink(.noFamily(let name)): "the kernel has no netlink family \(name)"
        case .netlink(.unavailable(let errno, let attempted)): "\(errno) on: \(attempted)"
        case .netlink(.overrun): "ENOBUFS: the kernel dropped its answer"
        case .netlink(.timedOut(let duration)): "no answer within \(duration)"
        case .netlink(.malformed(let what)): "an answer that makes no sense: \(what)"
        case .netlink(.interrupted): "the list changed while it was read, several times over"
        case .notDummy(let kind?): "it is of the kind \(kind), not dummy"
        case .notDummy(nil): "it is not a dummy link"
        case .noLink: "there is no such link"
        case .routeTaken(let metric): "another program has one with metric \(metric)"
        case .file(let failure): "\(failure.errno) on \(failure.attempted) of \(failure.path)"
        case .notANumber(let text): "the kernel shows \"\(text)\", which is not a number"
        }
    }

    /// Whether it is certain that nothing was changed.
    package var isRefusal: Bool {
        switch reason {
        case .netlink(.timedOut), .netlink(.overrun), .netlink(.malformed): false
        case .netlink, .notDummy, .noLink, .routeTaken, .file, .notANumber: true
        }
    }

    /// What to do next.
    package var fix: String {
        switch reason {
        case .netlink(.refused(let errno, _)), .netlink(.unavailable(let errno, _)):
            Self.fix(for: errno)
        case .notDummy:
            "choose another name for the link, or remove that one: it is not touched"
        case .noLink: "wait: a link that is missing is made again in the next round"
        case .routeTaken:
            "remove that route (ip route show proto all), or choose another metric in the "
                + "configuration (bgp.kernel-route)"
        case .file(let failure): Self.fix(for: failure)
        case .netlink(.overrun), .netlink(.interrupted), .netlink(.timedOut):
            "wait: it is tried again in the next round"
        case .netlink(.noFamily), .netlink(.malformed), .notANumber:
            "report this with the version of the kernel (uname -r)"
        }
    }

    private static func fix(for errno: Errno) -> String {
        switch errno {
        case .notPermitted:
            "CAP_NET_ADMIN is missing: give it to the service or the container"
        case .accessDenied:
            "IPv6 is off on this link: set its net.ipv6.conf.*.disable_ipv6 to 0"
        case .notSupported:
            "the kernel has no such kind of link or address: load its module (modprobe dummy, or "
                + "ipip and ip6_tunnel for tunnels)"
        case .familyNotSupported:
            "the kernel has no IPv6: load the module, or boot without ipv6.disable=1"
        case .noDevice:
            "wait: a link that is missing is made again in the next round"
        case .noMemory, .noBuffers:
            "free memory on this machine; it is tried again in the next round"
        default:
            "look into the kernel's log (dmesg); it is tried again in the next round"
        }
    }

    private static func fix(for failure: KernelFile.Failure) -> String {
        switch failure.errno {
        case .readOnly:
            "/proc/sys is read-only here (LXC: lxc.mount.auto = proc:rw instead of proc:mixed), "
                + "or set it on the host"
        case .accessDenied, .notPermitted:
            "only the owner of the network namespace may set it: run as its root, or set it "
                + "before this service starts (sysctl.d)"
        case .noEntry:
            "this kernel does not have it, or not before the module is loaded (modprobe ip_vs)"
        default:
            "set it by hand (sysctl -w) and see what that says"
        }
    }
}

extension LinkError: CustomStringConvertible {
    /// One line: `cannot bring up the link penstock (EPERM); fix: CAP_NET_ADMIN is missing: …`.
    package var description: String { "cannot \(attempted) (\(because)); fix: \(fix)" }
}
