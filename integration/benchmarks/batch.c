/*
 * The peer that any loader has to stand beside: rules in ipvsadm's format from standard input to
 * the kernel over one netlink socket, in batches with one acknowledgement each.
 *
 * It does nothing a loader could leave out: no names are looked up, nothing is checked beyond what
 * it takes to build a message, and the first refusal ends it. Rules are `-A -t A.B.C.D:P -s NAME`
 * and `-a -t A.B.C.D:P -r A.B.C.D:P -g -w N`.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* 256 messages of some 130 bytes fit the send buffer that libnl sets up (64 KiB). */
enum { BATCH_MESSAGES = 256, BATCH_BYTES = 60 * 1024, LINE_BYTES = 256, ANSWER_BYTES = 64 * 1024 };

struct rule {
	int is_destination;
	struct in_addr address, server;
	uint16_t port, server_port; /* network order */
	uint32_t weight;
	char scheduler[IP_VS_SCHEDNAME_MAXLEN];
};

struct batch {
	struct nl_sock *socket;
	int family;
	uint32_t sequence;
	int messages;
	size_t bytes;
	struct nlmsghdr *last;
	char buffer[BATCH_BYTES];
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "batch: %s: %s\n", what, why);
	exit(1);
}

static void read_endpoint(char *text, struct in_addr *address, uint16_t *port)
{
	char *colon = strrchr(text, ':');

	if (colon == NULL)
		fail("no port in", text);
	*colon = '\0';
	*port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, text, address) != 1)
		fail("not an IPv4 address", text);
}

static void read_rule(char *line, struct rule *rule)
{
	char *word = strtok(line, " \n"), *value;

	memset(rule, 0, sizeof(*rule));
	rule->weight = 1;
	if (word == NULL || (strcmp(word, "-A") != 0 && strcmp(word, "-a") != 0))
		fail("not a rule", word == NULL ? "an empty line" : word);
	rule->is_destination = word[1] == 'a';
	while ((word = strtok(NULL, " \n")) != NULL) {
		if (strcmp(word, "-g") == 0)
			continue;
		if ((value = strtok(NULL, " \n")) == NULL)
			fail("no value for", word);
		if (strcmp(word, "-t") == 0)
			read_endpoint(value, &rule->address, &rule->port);
		else if (strcmp(word, "-r") == 0)
			read_endpoint(value, &rule->server, &rule->server_port);
		else if (strcmp(word, "-w") == 0)
			rule->weight = (uint32_t)strtoul(value, NULL, 10);
		else if (strcmp(word, "-s") == 0)
			snprintf(rule->scheduler, sizeof(rule->scheduler), "%s", value);
		else
			fail("unknown option", word);
	}
}

/* An attribute at the end of the batch; libnl would allocate and clear 4 KiB for every message. */
static struct nlattr *put(struct batch *batch, int type, const void *value, size_t size)
{
	struct nlattr *attribute = (struct nlattr *)(batch->buffer + batch->bytes);

	attribute->nla_type = (uint16_t)type;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy((char *)attribute + NLA_HDRLEN, value, size);
	batch->bytes += NLA_ALIGN(attribute->nla_len);
	return attribute;
}

static void put_u16(struct batch *batch, int type, uint16_t value)
{
	put(batch, type, &value, sizeof(value));
}

static void put_u32(struct batch *batch, int type, uint32_t value)
{
	put(batch, type, &value, sizeof(value));
}

static struct nlattr *nest(struct batch *batch, int type)
{
	return put(batch, type, "", 0);
}

static void nest_end(struct batch *batch, struct nlattr *nest)
{
	nest->nla_len = (uint16_t)(batch->buffer + batch->bytes - (char *)nest);
}

static void put_service(struct batch *batch, const struct rule *rule)
{
	struct ip_vs_flags flags = { .flags = 0, .mask = ~0u };
	struct nlattr *service = nest(batch, IPVS_CMD_ATTR_SERVICE);

	put_u16(batch, IPVS_SVC_ATTR_AF, AF_INET);
	put_u16(batch, IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
	put(batch, IPVS_SVC_ATTR_ADDR, &rule->address, sizeof(rule->address));
	put_u16(batch, IPVS_SVC_ATTR_PORT, rule->port);
	if (!rule->is_destination) {
		put(batch, IPVS_SVC_ATTR_SCHED_NAME, rule->scheduler, strlen(rule->scheduler) + 1);
		put(batch, IPVS_SVC_ATTR_FLAGS, &flags, sizeof(flags));
		put_u32(batch, IPVS_SVC_ATTR_TIMEOUT, 0);
		put_u32(batch, IPVS_SVC_ATTR_NETMASK, ~0u);
	}
	nest_end(batch, service);
}

static void put_destination(struct batch *batch, const struct rule *rule)
{
	struct nlattr *destination = nest(batch, IPVS_CMD_ATTR_DEST);

	put_u16(batch, IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET);
	put(batch, IPVS_DEST_ATTR_ADDR, &rule->server, sizeof(rule->server));
	put_u16(batch, IPVS_DEST_ATTR_PORT, rule->server_port);
	put_u32(batch, IPVS_DEST_ATTR_FWD_METHOD, IP_VS_CONN_F_DROUTE);
	put_u32(batch, IPVS_DEST_ATTR_WEIGHT, rule->weight);
	put_u32(batch, IPVS_DEST_ATTR_U_THRESH, 0);
	put_u32(batch, IPVS_DEST_ATTR_L_THRESH, 0);
	nest_end(batch, destination);
}

/* Sends what is in the batch and waits for the acknowledgement of its last message. */
static void flush(struct batch *batch)
{
	static char answer[ANSWER_BYTES];

	if (batch->messages == 0)
		return;
	batch->last->nlmsg_flags |= NLM_F_ACK;
	if (nl_sendto(batch->socket, batch->buffer, batch->bytes) < 0)
		fail("send", strerror(errno));
	for (int is_done = 0; !is_done;) {
		ssize_t count = recv(nl_socket_get_fd(batch->socket), answer, sizeof(answer), 0);
		struct nlmsghdr *header = (struct nlmsghdr *)answer;
		int left = (int)count;

		if (count < 0)
			fail("receive", strerror(errno));
		for (; NLMSG_OK(header, (size_t)left); header = NLMSG_NEXT(header, left)) {
			const struct nlmsgerr *error = NLMSG_DATA(header);

			if (header->nlmsg_type != NLMSG_ERROR)
				continue;
			if (error->error != 0)
				fail("the kernel refused a rule", strerror(-error->error));
			is_done |= header->nlmsg_seq == batch->sequence;
		}
	}
	batch->messages = 0;
	batch->bytes = 0;
}

static void add(struct batch *batch, const struct rule *rule)
{
	struct nlmsghdr *header = (struct nlmsghdr *)(batch->buffer + batch->bytes);
	struct genlmsghdr *command = NLMSG_DATA(header);

	/* Every message here is far below a page, so a full batch is never overrun. */
	memset(header, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	header->nlmsg_type = (uint16_t)batch->family;
	header->nlmsg_flags = NLM_F_REQUEST;
	header->nlmsg_seq = ++batch->sequence;
	command->cmd = rule->is_destination ? IPVS_CMD_NEW_DEST : IPVS_CMD_NEW_SERVICE;
	command->version = IPVS_GENL_VERSION;
	batch->bytes += NLMSG_HDRLEN + GENL_HDRLEN;
	put_service(batch, rule);
	if (rule->is_destination)
		put_destination(batch, rule);
	header->nlmsg_len = (uint32_t)(batch->buffer + batch->bytes - (char *)header);
	batch->last = header;
	batch->messages++;
	if (batch->messages == BATCH_MESSAGES || batch->bytes + 4096 > BATCH_BYTES)
		flush(batch);
}

int main(void)
{
	static struct batch batch;
	char line[LINE_BYTES];
	struct rule rule;

	batch.socket = nl_socket_alloc();
	if (batch.socket == NULL || genl_connect(batch.socket) < 0)
		fail("open a netlink socket", strerror(errno));
	batch.family = genl_ctrl_resolve(batch.socket, IPVS_GENL_NAME);
	if (batch.family < 0)
		fail("find IPVS in this kernel", nl_geterror(batch.family));
	while (fgets(line, sizeof(line), stdin) != NULL) {
		read_rule(line, &rule);
		add(&batch, &rule);
	}
	flush(&batch);
	nl_socket_free(batch.socket);
	return 0;
}
