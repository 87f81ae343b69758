import CGenericNetlink
import IPVS
import Testing

/// Our numbers are those of linux/ip_vs.h.
@Suite struct ConstantsTests {
    @Test func familyAndRequest() {
        #expect(IPVSFamily.name == IPVS_GENL_NAME)
        #expect(Int32(IPVSFamily.version) == IPVS_GENL_VERSION)
        #expect(IPVSFamily.headerLength == MemoryLayout<genlmsghdr>.size)
        #expect(Int32(RequestFlags.dump) == NLM_F_ROOT | NLM_F_MATCH)
        #expect(Int32(FamilyNumber.v4) == AF_INET)
        #expect(Int32(FamilyNumber.v6) == AF_INET6)
        #expect(Int32(IPVSLimits.nameLength) == IP_VS_SCHEDNAME_MAXLEN - 1)
        #expect(Int32(IPVSLimits.nameLength) == IP_VS_PENAME_MAXLEN - 1)
    }

    @Test func commands() {
        let expected: [(IPVSCommand, Int)] = [
            (.newService, IPVS_CMD_NEW_SERVICE), (.setService, IPVS_CMD_SET_SERVICE),
            (.deleteService, IPVS_CMD_DEL_SERVICE), (.getService, IPVS_CMD_GET_SERVICE),
            (.newDestination, IPVS_CMD_NEW_DEST), (.setDestination, IPVS_CMD_SET_DEST),
            (.deleteDestination, IPVS_CMD_DEL_DEST), (.getDestination, IPVS_CMD_GET_DEST),
            (.newDaemon, IPVS_CMD_NEW_DAEMON), (.deleteDaemon, IPVS_CMD_DEL_DAEMON),
            (.getDaemon, IPVS_CMD_GET_DAEMON),
            (.setConfig, IPVS_CMD_SET_CONFIG), (.getConfig, IPVS_CMD_GET_CONFIG),
            (.setInfo, IPVS_CMD_SET_INFO), (.getInfo, IPVS_CMD_GET_INFO),
            (.zero, IPVS_CMD_ZERO), (.flush, IPVS_CMD_FLUSH),
        ]
        #expect(expected.count == IPVSCommand.allCases.count)
        for (command, number) in expected { #expect(Int(command.rawValue) == number) }
    }

    @Test func commandAttributes() {
        #expect(Int(CommandAttribute.service) == IPVS_CMD_ATTR_SERVICE)
        #expect(Int(CommandAttribute.destination) == IPVS_CMD_ATTR_DEST)
        #expect(Int(CommandAttribute.daemon) == IPVS_CMD_ATTR_DAEMON)
        #expect(Int(CommandAttribute.timeoutTCP) == IPVS_CMD_ATTR_TIMEOUT_TCP)
        #expect(Int(CommandAttribute.timeoutTCPFin) == IPVS_CMD_ATTR_TIMEOUT_TCP_FIN)
        #expect(Int(CommandAttribute.timeoutUDP) == IPVS_CMD_ATTR_TIMEOUT_UDP)
        #expect(Int(InfoAttribute.version) == IPVS_INFO_ATTR_VERSION)
        #expect(Int(InfoAttribute.connectionTableSize) == IPVS_INFO_ATTR_CONN_TAB_SIZE)
    }

    @Test func serviceAttributes() {
        #expect(Int(ServiceAttribute.family) == IPVS_SVC_ATTR_AF)
        #expect(Int(ServiceAttribute.transport) == IPVS_SVC_ATTR_PROTOCOL)
        #expect(Int(ServiceAttribute.address) == IPVS_SVC_ATTR_ADDR)
        #expect(Int(ServiceAttribute.port) == IPVS_SVC_ATTR_PORT)
        #expect(Int(ServiceAttribute.mark) == IPVS_SVC_ATTR_FWMARK)
        #expect(Int(ServiceAttribute.scheduler) == IPVS_SVC_ATTR_SCHED_NAME)
        #expect(Int(ServiceAttribute.flags) == IPVS_SVC_ATTR_FLAGS)
        #expect(Int(ServiceAttribute.timeout) == IPVS_SVC_ATTR_TIMEOUT)
        #expect(Int(ServiceAttribute.netmask) == IPVS_SVC_ATTR_NETMASK)
        #expect(Int(ServiceAttribute.statistics) == IPVS_SVC_ATTR_STATS)
        #expect(Int(ServiceAttribute.engine) == IPVS_SVC_ATTR_PE_NAME)
        #expect(Int(ServiceAttribute.statistics64) == IPVS_SVC_ATTR_STATS64)
    }

    @Test func destinationAttributes() {
        #expect(Int(DestinationAttribute.address) == IPVS_DEST_ATTR_ADDR)
        #expect(Int(DestinationAttribute.port) == IPVS_DEST_ATTR_PORT)
        #expect(Int(DestinationAttribute.forwarding) == IPVS_DEST_ATTR_FWD_METHOD)
        #expect(Int(DestinationAttribute.weight) == IPVS_DEST_ATTR_WEIGHT)
        #expect(Int(DestinationAttribute.upperThreshold) == IPVS_DEST_ATTR_U_THRESH)
        #expect(Int(DestinationAttribute.lowerThreshold) == IPVS_DEST_ATTR_L_THRESH)
        #expect(Int(DestinationAttribute.activeConnections) == IPVS_DEST_ATTR_ACTIVE_CONNS)
        #expect(Int(DestinationAttribute.inactiveConnections) == IPVS_DEST_ATTR_INACT_CONNS)
        #expect(Int(DestinationAttribute.persistentConnections) == IPVS_DEST_ATTR_PERSIST_CONNS)
        #expect(Int(DestinationAttribute.statistics) == IPVS_DEST_ATTR_STATS)
        #expect(Int(DestinationAttribute.family) == IPVS_DEST_ATTR_ADDR_FAMILY)
        #expect(Int(DestinationAttribute.statistics64) == IPVS_DEST_ATTR_STATS64)
        #expect(Int(DestinationAttribute.tunnelKind) == IPVS_DEST_ATTR_TUN_TYPE)
        #expect(Int(DestinationAttribute.tunnelPort) == IPVS_DEST_ATTR_TUN_PORT)
        #expect(Int(DestinationAttribute.tunnelFlags) == IPVS_DEST_ATTR_TUN_FLAGS)
    }

    @Test func daemonAttributes() {
        #expect(Int(DaemonAttribute.role) == IPVS_DAEMON_ATTR_STATE)
        #expect(Int(DaemonAttribute.interface) == IPVS_DAEMON_ATTR_MCAST_IFN)
        #expect(Int(DaemonAttribute.identifier) == IPVS_DAEMON_ATTR_SYNC_ID)
        #expect(Int(DaemonAttribute.maximumLength) == IPVS_DAEMON_ATTR_SYNC_MAXLEN)
        #expect(Int(DaemonAttribute.group) == IPVS_DAEMON_ATTR_MCAST_GROUP)
        #expect(Int(DaemonAttribute.group6) == IPVS_DAEMON_ATTR_MCAST_GROUP6)
        #expect(Int(DaemonAttribute.port) == IPVS_DAEMON_ATTR_MCAST_PORT)
        #expect(Int(DaemonAttribute.timeToLive) == IPVS_DAEMON_ATTR_MCAST_TTL)
        #expect(Int32(DaemonNumber.master) == IP_VS_STATE_MASTER)
        #expect(Int32(DaemonNumber.backup) == IP_VS_STATE_BACKUP)
        #expect(IPVSLimits.interfaceNameLength == IP_VS_IFNAME_MAXLEN - 1)
    }

    @Test func statisticsAttributes() {
        #expect(Int(StatisticsAttribute.connections) == IPVS_STATS_ATTR_CONNS)
        #expect(Int(StatisticsAttribute.inPackets) == IPVS_STATS_ATTR_INPKTS)
        #expect(Int(StatisticsAttribute.outPackets) == IPVS_STATS_ATTR_OUTPKTS)
        #expect(Int(StatisticsAttribute.inBytes) == IPVS_STATS_ATTR_INBYTES)
        #expect(Int(StatisticsAttribute.outBytes) == IPVS_STATS_ATTR_OUTBYTES)
        #expect(Int(StatisticsAttribute.connectionRate) == IPVS_STATS_ATTR_CPS)
        #expect(Int(StatisticsAttribute.inPacketRate) == IPVS_STATS_ATTR_INPPS)
        #expect(Int(StatisticsAttribute.outPacketRate) == IPVS_STATS_ATTR_OUTPPS)
        #expect(Int(StatisticsAttribute.inByteRate) == IPVS_STATS_ATTR_INBPS)
        #expect(Int(StatisticsAttribute.outByteRate) == IPVS_STATS_ATTR_OUTBPS)
    }

    @Test func flags() {
        #expect(Int32(ServiceFlagBits.persistent) == IP_VS_SVC_F_PERSISTENT)
        #expect(Int32(ServiceFlagBits.hashed) == IP_VS_SVC_F_HASHED)
        #expect(Int32(ServiceFlags.onePacket.rawValue) == IP_VS_SVC_F_ONEPACKET)
        #expect(Int32(ServiceFlags.fallback.rawValue) == IP_VS_SVC_F_SCHED_SH_FALLBACK)
        #expect(Int32(ServiceFlags.port.rawValue) == IP_VS_SVC_F_SCHED_SH_PORT)
        #expect(Int32(ServiceFlags.third.rawValue) == IP_VS_SVC_F_SCHED3)
        #expect(Int32(Tunnel.Flags.checksum.rawValue) == IP_VS_TUNNEL_ENCAP_FLAG_CSUM)
        #expect(Int32(Tunnel.Flags.remoteChecksum.rawValue) == IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM)
    }

    @Test func forwarding() {
        #expect(Int32(ForwardingNumber.masquerade) == IP_VS_CONN_F_MASQ)
        #expect(Int32(ForwardingNumber.local) == IP_VS_CONN_F_LOCALNODE)
        #expect(Int32(ForwardingNumber.tunnel) == IP_VS_CONN_F_TUNNEL)
        #expect(Int32(ForwardingNumber.directRouting) == IP_VS_CONN_F_DROUTE)
        #expect(Int32(ForwardingNumber.bypass) == IP_VS_CONN_F_BYPASS)
        #expect(Int(TunnelNumber.ipip) == IP_VS_CONN_F_TUNNEL_TYPE_IPIP)
        #expect(Int(TunnelNumber.gue) == IP_VS_CONN_F_TUNNEL_TYPE_GUE)
        #expect(Int(TunnelNumber.gre) == IP_VS_CONN_F_TUNNEL_TYPE_GRE)
    }
}
