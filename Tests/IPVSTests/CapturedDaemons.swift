/// What Linux 6.1.0-56 (Debian, amd64) said of sync daemons that ipvsadm 1.31 had started.
enum CapturedDaemons {
    /// `--start-daemon master --mcast-interface fabric0 --syncid 7`; the kernel filled in the rest.
    static let master = """
        09010000  ; NEW_DAEMON, version 1
        40000300  ; DAEMON
          08000100 01000000  ; STATE master
          0c000200 66616272 69633000  ; MCAST_IFN "fabric0"
          08000300 07000000  ; SYNC_ID 7
          06000400 c0050000  ; SYNC_MAXLEN 1472
          06000700 90220000  ; MCAST_PORT 8848, in host byte order
          05000800 01000000  ; MCAST_TTL 1
          08000500 e0000051  ; MCAST_GROUP 224.0.0.81
        """

    /// `--start-daemon backup --mcast-interface fabric0 --syncid 255 --sync-maxlen 1300
    /// --mcast-group ff02::82 --mcast-port 9000 --mcast-ttl 3`.
    static let backup = """
        09010000  ; NEW_DAEMON, version 1
        4c000300  ; DAEMON
          08000100 02000000  ; STATE backup
          0c000200 66616272 69633000  ; MCAST_IFN "fabric0"
          08000300 ff000000  ; SYNC_ID 255
          06000400 14050000  ; SYNC_MAXLEN 1300
          06000700 28230000  ; MCAST_PORT 9000
          05000800 03000000  ; MCAST_TTL 3
          14000600 ff020000 00000000 00000000 00000082  ; MCAST_GROUP6 ff02::82
        """
}
