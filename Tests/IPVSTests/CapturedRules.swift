/// What `ipvsadm` 1.31 wrote on Linux 6.1 for tables that use everything it knows.
enum CapturedRules {
    /// `ipvsadm -Sn`: services of every kind.
    static let mixed = """
        -A -t 203.0.113.9:8080 -s rr -p 600 -M 255.255.255.0
        -a -t 203.0.113.9:8080 -r 10.20.0.11:8080 -g -w 1
        -A -t 203.0.113.10:80 -s mh -b mh-fallback,mh-port
        -a -t 203.0.113.10:80 -r 10.20.0.9:80 -g -w 0
        -a -t 203.0.113.10:80 -r 10.20.0.11:80 -g -w 1
        -a -t 203.0.113.10:80 -r 10.20.0.12:80 -g -w 2
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
        -a -t [2001:db8:113::10]:80 -r [2001:db8:20::abcd:1234]:80 -m -w 1
        -a -t [2001:db8:113::10]:80 -r [2001:db8:20::11]:80 -g -w 1
        -A -u [2001:db8:113:1234:5678:9abc:def0:1234]:65535 -s wlc
        -a -u [2001:db8:113:1234:5678:9abc:def0:1234]:65535 -r \
        [2001:db8:20:1234:5678:9abc:def0:1234]:65535 -g -w 100
        -A -f 7 -s wrr
        -a -f 7 -r 10.20.0.11:0 -g -w 3
        -a -f 7 -r 10.20.0.12:0 -i -w 3 --tun-type ipip
        -A -f 7 -6 -s wrr -p 300 -M 64
        -a -f 7 -6 -r [2001:db8:20::11]:0 -g -w 4

        """

    /// `ipvsadm -Sn`: tunnels of every kind, and attributes together.
    static let tunnels = """
        -A -t 203.0.113.55:80 -s mh
        -A -t 10.1.2.3:80 -s fo
        -A -u 203.0.113.53:53 -s rr -o
        -a -u 203.0.113.53:53 -r 10.20.0.1:53 -m -w 10
        -a -u 203.0.113.53:53 -r 10.20.1.53:53 -i -w 10 --tun-type gue --tun-port 5555 --tun-nocsum
        -a -u 203.0.113.53:53 -r 10.20.1.54:53 -i -w 10 --tun-type gue --tun-port 5555 --tun-csum
        -a -u 203.0.113.53:53 -r 10.20.1.55:53 -i -w 10 --tun-type gue --tun-port 5555 --tun-remcsum
        -a -u 203.0.113.53:53 -r 10.20.1.56:53 -i -w 10 --tun-type gre --tun-nocsum
        -a -u 203.0.113.53:53 -r 10.20.1.57:53 -i -w 10 --tun-type gre --tun-csum
        -a -u 203.0.113.53:53 -r 10.20.1.58:53 -i -w 10 --tun-type ipip
        -A -u 203.0.113.54:53 -s mh -p 400 -M 255.255.254.0 --pe sip -o -b mh-fallback,mh-port
        -A -t [2001:db8::1]:53 -s rr -p 7 -M 64

        """

    /// `ipvsadm -Sn`: marks from 2^31 on, which it does not read back itself.
    static let largeMarks = """
        -A -f -2147483648 -s rr
        -a -f -2147483648 -r 10.20.0.11:80 -m -w 3
        -A -f -1 -s rr -p 20 -o -b flag-3

        """

    /// `ipvsadm -S`: the same as the first lines of `mixed`, with names of ports.
    static let named = """
        -A -t 203.0.113.9:http-alt -s rr -p 600 -M 255.255.255.0
        -a -t 203.0.113.9:http-alt -r 10.20.0.11:http-alt -g -w 1
        -A -t 203.0.113.10:http -s mh -b mh-fallback,mh-port
        -a -t 203.0.113.10:http -r 10.20.0.9:http -g -w 0
        -a -t 203.0.113.10:http -r 10.20.0.11:http -g -w 1
        -a -t 203.0.113.10:http -r 10.20.0.12:http -g -w 2

        """
}
