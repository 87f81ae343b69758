import CGenericNetlink

/// How a generic netlink family is looked up: the one family with a fixed number is asked.
///
/// libnl's look-up says "not found" for a missing family and for a failed request alike; here the
/// kernel's errno tells them apart.
enum FamilyLookup {
    /// Asks for the family of this name; the kernel may load a module to answer.
    static func request(_ name: String) -> Message {
        // struct genlmsghdr: command, version, two bytes reserved. The controller's version is 2.
        var writer = AttributeWriter(after: [UInt8(CTRL_CMD_GETFAMILY), 2, 0, 0])
        writer.put(UInt16(CTRL_ATTR_FAMILY_NAME), name)
        return Message(type: UInt16(GENL_ID_CTRL), payload: writer.bytes)
    }

    /// The message type in the answer.
    static func identifier(in replies: [Message]) throws(NetlinkError) -> UInt16 {
        guard let reply = replies.first, reply.type == UInt16(GENL_ID_CTRL) else {
            throw .malformed("a family look-up without an answer")
        }
        var reader = AttributeReader(reply.payload.dropFirst(4))
        var identifier: UInt16?
        while let attribute = reader.next() {
            guard Int(attribute.type) == CTRL_ATTR_FAMILY_ID else { continue }
            identifier = reader.number(attribute)
        }
        if let error = reader.error { throw error }
        guard let identifier else { throw .malformed("a family without a number") }
        return identifier
    }
}
