/// What `ipvsadm` 1.31 showed of one table on Linux 6.1, after 220 connections through two of its
/// services; the spaces at the ends of lines are its own.
enum CapturedListings {
    /// The table, in rules.
    static let rules = """
        -A -t 203.0.113.9:81 -s rr
        -a -t 203.0.113.9:81 -r 10.20.0.11:81 -m -w 1
        -a -t 203.0.113.9:81 -r 10.20.0.12:81 -m -w 1
        -A -t 203.0.113.9:8080 -s rr -p 600 -M 255.255.255.0
        -a -t 203.0.113.9:8080 -r 10.20.0.11:8080 -g -w 1
        -A -t 203.0.113.10:80 -s mh -b mh-fallback,mh-port
        -a -t 203.0.113.10:80 -r 10.20.0.9:80 -g -w 0
        -a -t 203.0.113.10:80 -r 10.20.0.11:80 -g -w 1
        -a -t 203.0.113.10:80 -r 10.20.0.12:80 -g -w 2 -x 2000 -y 100
        -A -t 203.0.113.10:443 -s wlc -p 360
        -a -t 203.0.113.10:443 -r 10.20.0.11:8443 -m -w 1
        -a -t 203.0.113.10:443 -r 10.20.0.12:443 -i -w 65535 --tun-type ipip
        -A -t 203.0.113.99:0 -s wlc -p 360
        -A -t 203.0.113.100:22 -s lblc -b flag-1,flag-2,flag-3
        -A -u 203.0.113.60:5060 -s rr -p 300 --pe sip
        -a -u 203.0.113.60:5060 -r 10.20.1.60:5060 -m -w 1
        -A --sctp-service 203.0.113.11:9 -s sh -b sh-port
        -a --sctp-service 203.0.113.11:9 -r 10.20.0.11:9 -m -w 5
        -A -t [2001:db8:113::10]:80 -s mh -p 100 -M 96
        -a -t [2001:db8:113::10]:80 -r 10.20.0.14:80 -i -w 1 --tun-type ipip
        -a -t [2001:db8:113::10]:80 -r [2001:db8:20::11]:80 -g -w 1
        -A -u [2001:db8:113:1234:5678:9abc:def0:1234]:65535 -s wlc
        -a -u [2001:db8:113:1234:5678:9abc:def0:1234]:65535 -r [2001:db8:20:1234:5678:9abc:def0:1234]:65535 -g -w 100
        -A -f 7 -s wrr
        -a -f 7 -r 10.20.0.11:0 -g -w 3
        -a -f 7 -r 10.20.0.12:0 -i -w 3 --tun-type ipip
        -A -f 7 -6 -s wrr -p 300 -M 64
        -a -f 7 -6 -r [2001:db8:20::11]:0 -g -w 4
        -A -t [2001:db8:113::10]:81 -s rr -p 77
        -a -t [2001:db8:113::10]:81 -r [2001:db8:20::1]:81 -m -w 1

        """

    /// `ipvsadm -Ln`.
    static let usual = """
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port Scheduler Flags
          -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
        TCP  203.0.113.9:81 rr
          -> 10.20.0.11:81                Masq    1      75         25        
          -> 10.20.0.12:81                Masq    1      75         25        
        TCP  203.0.113.9:8080 rr persistent 600 mask 255.255.255.0
          -> 10.20.0.11:8080              Route   1      0          0         
        TCP  203.0.113.10:80 mh (mh-fallback,mh-port)
          -> 10.20.0.9:80                 Route   0      0          0         
          -> 10.20.0.11:80                Route   1      0          0         
          -> 10.20.0.12:80                Route   2      0          0         
        TCP  203.0.113.10:443 wlc persistent 360
          -> 10.20.0.11:8443              Masq    1      0          0         
          -> 10.20.0.12:443               Tunnel  65535  0          0         
        TCP  203.0.113.99:0 wlc persistent 360
        TCP  203.0.113.100:22 lblc (flag-1,flag-2,flag-3)
        UDP  203.0.113.60:5060 rr persistent 300 pe sip
          -> 10.20.1.60:5060              Masq    1      0          0         
        SCTP 203.0.113.11:9 sh (sh-port)
          -> 10.20.0.11:9                 Masq    5      0          0         
        TCP  [2001:db8:113::10]:80 mh persistent 100 mask 96
          -> 10.20.0.14:80                Tunnel  1      0          0         
          -> [2001:db8:20::11]:80         Route   1      0          0         
        TCP  [2001:db8:113::10]:81 rr persistent 77
          -> [2001:db8:20::1]:81          Masq    1      20         0         
        UDP  [2001:db8:113:1234:5678:9abc:def0:1234]:65535 wlc
          -> [2001:db8:20:1234:5678:9abc:def0:1234]:65535 Route   100    0          0         
        FWM  7 wrr
          -> 10.20.0.11:0                 Route   3      0          0         
          -> 10.20.0.12:0                 Tunnel  3      0          0         
        FWM  7 IPv6 wrr persistent 300 mask 64
          -> [2001:db8:20::11]:0          Route   4      0          0         

        """

    /// `ipvsadm -Ln --stats`.
    static let stats = """
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
          -> RemoteAddress:Port
        TCP  203.0.113.9:81                    200      650      450   135400    25000
          -> 10.20.0.11:81                     100      325      225    67700    12500
          -> 10.20.0.12:81                     100      325      225    67700    12500
        TCP  203.0.113.9:8080                    0        0        0        0        0
          -> 10.20.0.11:8080                     0        0        0        0        0
        TCP  203.0.113.10:80                     0        0        0        0        0
          -> 10.20.0.9:80                        0        0        0        0        0
          -> 10.20.0.11:80                       0        0        0        0        0
          -> 10.20.0.12:80                       0        0        0        0        0
        TCP  203.0.113.10:443                    0        0        0        0        0
          -> 10.20.0.11:8443                     0        0        0        0        0
          -> 10.20.0.12:443                      0        0        0        0        0
        TCP  203.0.113.99:0                      0        0        0        0        0
        TCP  203.0.113.100:22                    0        0        0        0        0
        UDP  203.0.113.60:5060                   0        0        0        0        0
          -> 10.20.1.60:5060                     0        0        0        0        0
        SCTP 203.0.113.11:9                      0        0        0        0        0
          -> 10.20.0.11:9                        0        0        0        0        0
        TCP  [2001:db8:113::10]:80               0        0        0        0        0
          -> 10.20.0.14:80                       0        0        0        0        0
          -> [2001:db8:20::11]:80                0        0        0        0        0
        TCP  [2001:db8:113::10]:81              20       40       20     3040     1600
          -> [2001:db8:20::1]:81                20       40       20     3040     1600
        UDP  [2001:db8:113:1234:5678:9abc:def0:1234]:65535        0        0        0        0        0
          -> [2001:db8:20:1234:5678:9abc:def0:1234]:65535        0        0        0        0        0
        FWM  7                                   0        0        0        0        0
          -> 10.20.0.11:0                        0        0        0        0        0
          -> 10.20.0.12:0                        0        0        0        0        0
        FWM  7 IPv6                              0        0        0        0        0
          -> [2001:db8:20::11]:0                 0        0        0        0        0

        """

    /// `ipvsadm -Ln --rate`.
    static let rate = """
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
          -> RemoteAddress:Port
        TCP  203.0.113.9:81                     19       61       42    12694     2344
          -> 10.20.0.11:81                       9       30       21     6347     1172
          -> 10.20.0.12:81                       9       30       21     6347     1172
        TCP  203.0.113.9:8080                    0        0        0        0        0
          -> 10.20.0.11:8080                     0        0        0        0        0
        TCP  203.0.113.10:80                     0        0        0        0        0
          -> 10.20.0.9:80                        0        0        0        0        0
          -> 10.20.0.11:80                       0        0        0        0        0
          -> 10.20.0.12:80                       0        0        0        0        0
        TCP  203.0.113.10:443                    0        0        0        0        0
          -> 10.20.0.11:8443                     0        0        0        0        0
          -> 10.20.0.12:443                      0        0        0        0        0
        TCP  203.0.113.99:0                      0        0        0        0        0
        TCP  203.0.113.100:22                    0        0        0        0        0
        UDP  203.0.113.60:5060                   0        0        0        0        0
          -> 10.20.1.60:5060                     0        0        0        0        0
        SCTP 203.0.113.11:9                      0        0        0        0        0
          -> 10.20.0.11:9                        0        0        0        0        0
        TCP  [2001:db8:113::10]:80               0        0        0        0        0
          -> 10.20.0.14:80                       0        0        0        0        0
          -> [2001:db8:20::11]:80                0        0        0        0        0
        TCP  [2001:db8:113::10]:81               2        4        2      285      150
          -> [2001:db8:20::1]:81                 2        4        2      285      150
        UDP  [2001:db8:113:1234:5678:9abc:def0:1234]:65535        0        0        0        0        0
          -> [2001:db8:20:1234:5678:9abc:def0:1234]:65535        0        0        0        0        0
        FWM  7                                   0        0        0        0        0
          -> 10.20.0.11:0                        0        0        0        0        0
          -> 10.20.0.12:0                        0        0        0        0        0
        FWM  7 IPv6                              0        0        0        0        0
          -> [2001:db8:20::11]:0                 0        0        0        0        0

        """

    /// `ipvsadm -Ln --thresholds`.
    static let thresholds = """
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn 
          -> RemoteAddress:Port
        TCP  203.0.113.9:81 rr
          -> 10.20.0.11:81                0          0          75         25        
          -> 10.20.0.12:81                0          0          75         25        
        TCP  203.0.113.9:8080 rr persistent 600 mask 255.255.255.0
          -> 10.20.0.11:8080              0          0          0          0         
        TCP  203.0.113.10:80 mh (mh-fallback,mh-port)
          -> 10.20.0.9:80                 0          0          0          0         
          -> 10.20.0.11:80                0          0          0          0         
          -> 10.20.0.12:80                2000       100        0          0         
        TCP  203.0.113.10:443 wlc persistent 360
          -> 10.20.0.11:8443              0          0          0          0         
          -> 10.20.0.12:443               0          0          0          0         
        TCP  203.0.113.99:0 wlc persistent 360
        TCP  203.0.113.100:22 lblc (flag-1,flag-2,flag-3)
        UDP  203.0.113.60:5060 rr persistent 300 pe sip
          -> 10.20.1.60:5060              0          0          0          0         
        SCTP 203.0.113.11:9 sh (sh-port)
          -> 10.20.0.11:9                 0          0          0          0         
        TCP  [2001:db8:113::10]:80 mh persistent 100 mask 96
          -> 10.20.0.14:80                0          0          0          0         
          -> [2001:db8:20::11]:80         0          0          0          0         
        TCP  [2001:db8:113::10]:81 rr persistent 77
          -> [2001:db8:20::1]:81          0          0          20         0         
        UDP  [2001:db8:113:1234:5678:9abc:def0:1234]:65535 wlc
          -> [2001:db8:20:1234:5678:9abc:def0:1234]:65535 0          0          0          0         
        FWM  7 wrr
          -> 10.20.0.11:0                 0          0          0          0         
          -> 10.20.0.12:0                 0          0          0          0         
        FWM  7 IPv6 wrr persistent 300 mask 64
          -> [2001:db8:20::11]:0          0          0          0          0         

        """

    /// `ipvsadm -Ln --persistent-conn`.
    static let persistent = """
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn 
          -> RemoteAddress:Port
        TCP  203.0.113.9:81 rr
          -> 10.20.0.11:81                1         0           75         25        
          -> 10.20.0.12:81                1         0           75         25        
        TCP  203.0.113.9:8080 rr persistent 600 mask 255.255.255.0
          -> 10.20.0.11:8080              1         0           0          0         
        TCP  203.0.113.10:80 mh (mh-fallback,mh-port)
          -> 10.20.0.9:80                 0         0           0          0         
          -> 10.20.0.11:80                1         0           0          0         
          -> 10.20.0.12:80                2         0           0          0         
        TCP  203.0.113.10:443 wlc persistent 360
          -> 10.20.0.11:8443              1         0           0          0         
          -> 10.20.0.12:443               65535     0           0          0         
        TCP  203.0.113.99:0 wlc persistent 360
        TCP  203.0.113.100:22 lblc (flag-1,flag-2,flag-3)
        UDP  203.0.113.60:5060 rr persistent 300 pe sip
          -> 10.20.1.60:5060              1         0           0          0         
        SCTP 203.0.113.11:9 sh (sh-port)
          -> 10.20.0.11:9                 5         0           0          0         
        TCP  [2001:db8:113::10]:80 mh persistent 100 mask 96
          -> 10.20.0.14:80                1         0           0          0         
          -> [2001:db8:20::11]:80         1         0           0          0         
        TCP  [2001:db8:113::10]:81 rr persistent 77
          -> [2001:db8:20::1]:81          1         1           20         0         
        UDP  [2001:db8:113:1234:5678:9abc:def0:1234]:65535 wlc
          -> [2001:db8:20:1234:5678:9abc:def0:1234]:65535 100       0           0          0         
        FWM  7 wrr
          -> 10.20.0.11:0                 3         0           0          0         
          -> 10.20.0.12:0                 3         0           0          0         
        FWM  7 IPv6 wrr persistent 300 mask 64
          -> [2001:db8:20::11]:0          4         0           0          0         

        """

    /// `ipvsadm -Ln --tun-info` of two other services.
    static let tunnels = """
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port Scheduler Flags
          -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
        UDP  203.0.113.53:53 rr ops
          -> 10.20.0.1:53                 Masq    n/a           10     0          0         
          -> 10.20.1.53:53                Tunnel  gue:5555:-c   10     0          0         
          -> 10.20.1.54:53                Tunnel  gue:5555:+c   10     0          0         
          -> 10.20.1.55:53                Tunnel  gue:5555:r+c  10     0          0         
          -> 10.20.1.56:53                Tunnel  gre:-c        10     0          0         
          -> 10.20.1.57:53                Tunnel  gre:+c        10     0          0         
          -> 10.20.1.58:53                Tunnel  ipip          10     0          0         
        UDP  203.0.113.54:53 mh (mh-fallback,mh-port) persistent 400 mask 255.255.254.0 pe sip ops

        """

    /// Those services, in rules.
    static let tunnelRules = """
        -A -u 203.0.113.53:53 -s rr -o
        -a -u 203.0.113.53:53 -r 10.20.0.1:53 -m -w 10
        -a -u 203.0.113.53:53 -r 10.20.1.53:53 -i -w 10 --tun-type gue --tun-port 5555 --tun-nocsum
        -a -u 203.0.113.53:53 -r 10.20.1.54:53 -i -w 10 --tun-type gue --tun-port 5555 --tun-csum
        -a -u 203.0.113.53:53 -r 10.20.1.55:53 -i -w 10 --tun-type gue --tun-port 5555 --tun-remcsum
        -a -u 203.0.113.53:53 -r 10.20.1.56:53 -i -w 10 --tun-type gre --tun-nocsum
        -a -u 203.0.113.53:53 -r 10.20.1.57:53 -i -w 10 --tun-type gre --tun-csum
        -a -u 203.0.113.53:53 -r 10.20.1.58:53 -i -w 10 --tun-type ipip
        -A -u 203.0.113.54:53 -s mh -p 400 -M 255.255.254.0 --pe sip -o -b mh-fallback,mh-port

        """
}
