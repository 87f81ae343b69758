/// One netlink message without its header: what is asked, or one part of what is answered.
///
/// Sequence numbers, port ids and lengths belong to the exchange and do not appear here, so that
/// a message can be compared, captured and replayed.
package struct Message: Hashable, Sendable {
    /// `nlmsg_type`: a family's id for generic netlink, `RTM_*` for rtnetlink.
    package var type: UInt16
    /// `nlmsg_flags` beyond what the exchange sets itself (`NLM_F_REQUEST`, `NLM_F_ACK`): for a
    /// request, such as `NLM_F_DUMP` or `NLM_F_CREATE`.
    package var flags: UInt16
    /// What follows the header, in host byte order where the kernel says so.
    package var payload: [UInt8]

    /// A message of these parts.
    package init(type: UInt16, flags: UInt16 = 0, payload: [UInt8]) {
        self.type = type
        self.flags = flags
        self.payload = payload
    }
}
