import CNetlink

/// The numbers of nf_tables, taken from the kernel's headers so that no other target needs them.
package enum NetfilterNumber {
    /// The subsystem, which is also the high byte of every message type.
    package static let tables = UInt16(NFNL_SUBSYS_NFTABLES)
    /// `NFPROTO_INET`: one table for both families of addresses.
    package static let inet: UInt8 = 1
    /// `NF_INET_POST_ROUTING`: behind the decision where a packet leaves.
    package static let postRouting: UInt32 = 4
    /// `NF_IP_PRI_NAT_SRC`: where sources are translated.
    package static let sourceTranslation: Int32 = 100
    /// `NF_ACCEPT`.
    package static let accept: UInt32 = 1

    /// Message types.
    package static let newTable = type(NFT_MSG_NEWTABLE.rawValue)
    package static let getTable = type(NFT_MSG_GETTABLE.rawValue)
    package static let deleteTable = type(NFT_MSG_DELTABLE.rawValue)
    package static let newChain = type(NFT_MSG_NEWCHAIN.rawValue)
    package static let getChain = type(NFT_MSG_GETCHAIN.rawValue)
    package static let newRule = type(NFT_MSG_NEWRULE.rawValue)
    package static let getRule = type(NFT_MSG_GETRULE.rawValue)

    /// Attributes of a table.
    package static let tableName = UInt16(NFTA_TABLE_NAME.rawValue)
    package static let tableFlags = UInt16(NFTA_TABLE_FLAGS.rawValue)

    /// Attributes of a chain, and of its nested `chainHook`.
    package static let chainTable = UInt16(NFTA_CHAIN_TABLE.rawValue)
    package static let chainName = UInt16(NFTA_CHAIN_NAME.rawValue)
    package static let chainHook = UInt16(NFTA_CHAIN_HOOK.rawValue)
    package static let chainPolicy = UInt16(NFTA_CHAIN_POLICY.rawValue)
    package static let chainType = UInt16(NFTA_CHAIN_TYPE.rawValue)
    package static let hookNumber = UInt16(NFTA_HOOK_HOOKNUM.rawValue)
    package static let hookPriority = UInt16(NFTA_HOOK_PRIORITY.rawValue)

    /// Attributes of a rule, and of the expressions nested in it.
    package static let ruleTable = UInt16(NFTA_RULE_TABLE.rawValue)
    package static let ruleChain = UInt16(NFTA_RULE_CHAIN.rawValue)
    package static let ruleExpressions = UInt16(NFTA_RULE_EXPRESSIONS.rawValue)
    package static let element = UInt16(NFTA_LIST_ELEM.rawValue)
    package static let expressionName = UInt16(NFTA_EXPR_NAME.rawValue)
    package static let expressionData = UInt16(NFTA_EXPR_DATA.rawValue)

    /// Attributes of the expressions `ct`, `meta` and `cmp`.
    package static let trackRegister = UInt16(NFTA_CT_DREG.rawValue)
    package static let trackKey = UInt16(NFTA_CT_KEY.rawValue)
    package static let trackDirection = UInt16(NFTA_CT_DIRECTION.rawValue)
    package static let metaRegister = UInt16(NFTA_META_DREG.rawValue)
    package static let metaKey = UInt16(NFTA_META_KEY.rawValue)
    package static let compareRegister = UInt16(NFTA_CMP_SREG.rawValue)
    package static let compareOperator = UInt16(NFTA_CMP_OP.rawValue)
    package static let compareData = UInt16(NFTA_CMP_DATA.rawValue)
    package static let dataValue = UInt16(NFTA_DATA_VALUE.rawValue)

    /// What `ct` loads: addresses and the port that the client's first packet was sent to.
    package static let trackedAddress4 = UInt32(NFT_CT_DST_IP.rawValue)
    package static let trackedAddress6 = UInt32(NFT_CT_DST_IP6.rawValue)
    package static let trackedPort = UInt32(NFT_CT_PROTO_DST.rawValue)
    /// `IP_CT_DIR_ORIGINAL`: as the client sent it.
    package static let originalDirection: UInt8 = 0
    /// What `meta` loads: the protocol above IP.
    package static let metaTransport = UInt32(NFT_META_L4PROTO.rawValue)
    /// The first register, which `cmp` compares with a value for equality.
    package static let register = UInt32(NFT_REG_1.rawValue)
    package static let isEqual = UInt32(NFT_CMP_EQ.rawValue)

    private static func type(_ number: UInt32) -> UInt16 { tables << 8 | UInt16(number) }
}

extension RequestFlag {
    /// Put it behind those that are there.
    package static let append = UInt16(NLM_F_APPEND)
}
