/*
 * The traffic of the lab: a client that opens requests at a fixed rate whether or not earlier
 * ones have ended, and a real server that answers with its own name.
 *
 * In C because an emulated machine runs this some ten times faster than a script, and the drain is
 * promised at 200 requests a second.
 *
 *   traffic client        words on stdin, one command a line:
 *       start RATE DEADLINE MOST_RESENT SLOW_EVERY SLOW_MS SERVER,SERVER... ADDRESS PORT ...
 *       stop              answers with one line of JSON: a record for each request
 *   traffic server NAME [--hang-up] [--at ADDRESS]
 *       down, up          closes and opens the listening sockets; answers with the same word
 *
 * Open loop, because a client that waits for answers stops asking just when the service is broken
 * and so counts too few failures. Every request has a source port of its own, so every request is
 * a flow of its own to the router's ECMP hash and to Maglev's.
 */

/* accept4 is GNU's. */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	SERVER_PORT = 80,
	BACKLOG = 1024,
	/* The requests and answers of this lab fit into one segment, but for padded answers. */
	TEXT_BYTES = 1024,
	LINE_BYTES = 4096,
	/* What one address and port may be asked by at a time; far above a rate times a deadline. */
	MOST_SOCKETS = 16384,
	MOST_TARGETS = 16,
	MOST_SERVERS = 16,
	EVENTS = 256,
	/*
	 * The source ports of requests, one after the other. The kernel would give one again within
	 * seconds, since it is the server that closes, and a director keeps the entry of a flow for
	 * two minutes: a new flow of the same name would be taken for the old one. Below those that
	 * the kernel gives to everybody else in this namespace (ip_local_port_range).
	 */
	FIRST_PORT = 1024,
	LAST_PORT = 32767,
	/* A padded answer is for path MTU: some segments, not megabytes. */
	MOST_PADDING = 64 * 1024,
};

/* After `stop`, for requests that are still open. */
static const double STOP_SECONDS = 30;

static void fail(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_MONOTONIC, &time) != 0)
		fail("clock");
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int epoll;

static void watch(int operation, int descriptor, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = descriptor };

	if (epoll_ctl(epoll, operation, descriptor, &event) != 0)
		fail("epoll_ctl");
}

/* Reads what is on stdin and hands out whole lines; 0 at its end. */
static int read_lines(void (*line)(char *))
{
	static char buffer[LINE_BYTES];
	static size_t used;
	ssize_t count = read(STDIN_FILENO, buffer + used, sizeof(buffer) - 1 - used);
	char *end;

	if (count <= 0)
		return 0;
	used += (size_t)count;
	buffer[used] = '\0';
	while ((end = strchr(buffer, '\n')) != NULL) {
		*end = '\0';
		line(buffer);
		used -= (size_t)(end + 1 - buffer);
		memmove(buffer, end + 1, used + 1);
	}
	if (used == sizeof(buffer) - 1) {
		errno = EMSGSIZE;
		fail("a command");
	}
	return 1;
}

static socklen_t read_address(const char *text, int port, struct sockaddr_storage *address)
{
	struct sockaddr_in *four = (struct sockaddr_in *)address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		return sizeof(*four);
	}
	if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)port);
		return sizeof(*six);
	}
	errno = EINVAL;
	fail(text);
	return 0;
}

/* -- the client ------------------------------------------------------------------------------- */

struct target {
	struct sockaddr_storage address;
	socklen_t length;
	int family;
};

struct request {
	int is_open, is_sent, family, port, path;
	double began;
	size_t used;
	char text[TEXT_BYTES];
};

struct record {
	double began, spent;
	int family, port;
	unsigned int resent;
	char result[24], server[24];
};

static struct request *requests; /* by descriptor */
static struct record *records;
static size_t record_count, record_room;
static int open_count, is_loading, launched;
static double next_at, deadline, rate;
static unsigned int most_resent;
static int slow_every, slow_ms, target_count, server_count;
static struct target targets[MOST_TARGETS];
static char server_names[MOST_SERVERS][24];

static const char *word(int number)
{
	switch (number) {
	case ECONNREFUSED: return "refused";
	case ECONNRESET: return "reset";
	case EHOSTUNREACH:
	case ENETUNREACH: return "unreachable";
	case ETIMEDOUT: return "timeout";
	default: return strerror(number);
	}
}

static void keep(double began, int family, const char *result, const char *server, int port,
		 double spent, unsigned int resent)
{
	struct record *record;

	if (record_count == record_room) {
		record_room = record_room == 0 ? 1024 : record_room * 2;
		records = realloc(records, record_room * sizeof(*records));
		if (records == NULL)
			fail("memory for records");
	}
	record = &records[record_count++];
	*record = (struct record){ began, spent, family, port, resent, "", "" };
	snprintf(record->result, sizeof(record->result), "%s", result);
	snprintf(record->server, sizeof(record->server), "%s", server);
}

/* A name may go into JSON as it is only if it is one of those expected. */
static const char *known_server(const char *body)
{
	for (int index = 0; index < server_count; index++)
		if (strcmp(server_names[index], body) == 0)
			return server_names[index];
	return NULL;
}

static void end_request(int descriptor, const char *result, const char *server)
{
	struct request *request = &requests[descriptor];
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
		info.tcpi_total_retrans = 0;
	if (strcmp(result, "ok") == 0 && info.tcpi_total_retrans > most_resent)
		result = "lost packets";
	keep(request->began, request->family, result, server, request->port,
	     now() - request->began, info.tcpi_total_retrans);
	request->is_open = 0;
	open_count--;
	close(descriptor);
}

/* Gives a socket the next source port that is free, and returns it. */
static int take_port(int descriptor, int family)
{
	static int next = FIRST_PORT;
	struct sockaddr_storage own = { .ss_family = family == 6 ? AF_INET6 : AF_INET };
	socklen_t length = family == 6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	for (int tries = 0; tries <= LAST_PORT - FIRST_PORT; tries++) {
		int port = next;

		next = port == LAST_PORT ? FIRST_PORT : port + 1;
		/* Both families have the port in the same place. */
		((struct sockaddr_in *)&own)->sin_port = htons((uint16_t)port);
		if (bind(descriptor, (struct sockaddr *)&own, length) == 0)
			return port;
		if (errno != EADDRINUSE)
			break;
	}
	fail("a source port");
	return 0;
}

static void launch(void)
{
	struct target *target = &targets[launched % target_count];
	int is_slow = slow_every > 0 && launched / target_count % slow_every == 0;
	int descriptor = socket(target->family == 6 ? AF_INET6 : AF_INET,
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	double began = now();
	int port;

	launched++;
	if (descriptor < 0 || descriptor >= MOST_SOCKETS)
		fail("a socket");
	port = take_port(descriptor, target->family);
	if (connect(descriptor, (struct sockaddr *)&target->address, target->length) != 0 &&
	    errno != EINPROGRESS) {
		keep(began, target->family, word(errno), "", port, 0, 0);
		close(descriptor);
		return;
	}
	requests[descriptor] = (struct request){
		.is_open = 1, .family = target->family, .began = began, .path = is_slow,
		.port = port,
	};
	open_count++;
	watch(EPOLL_CTL_ADD, descriptor, EPOLLOUT);
}

static void ask(int descriptor)
{
	struct request *request = &requests[descriptor];
	char text[128];
	int number = 0, size;
	socklen_t length = sizeof(number);

	if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) != 0)
		fail("SO_ERROR");
	if (number != 0) {
		end_request(descriptor, word(number), "");
		return;
	}
	size = request->path
		? snprintf(text, sizeof(text),
			   "GET /slow/%d HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n", slow_ms)
		: snprintf(text, sizeof(text),
			   "GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n");
	if (send(descriptor, text, (size_t)size, MSG_NOSIGNAL) != size) {
		end_request(descriptor, word(errno), "");
		return;
	}
	request->is_sent = 1;
	watch(EPOLL_CTL_MOD, descriptor, EPOLLIN);
}

static void listen_to(int descriptor)
{
	struct request *request = &requests[descriptor];
	ssize_t count = recv(descriptor, request->text + request->used,
			     TEXT_BYTES - 1 - request->used, 0);
	char *body;

	if (count < 0) {
		if (errno != EAGAIN)
			end_request(descriptor, word(errno), "");
		return;
	}
	if (count > 0) {
		request->used += (size_t)count;
		if (request->used == TEXT_BYTES - 1)
			end_request(descriptor, "wrong body", "");
		return;
	}
	request->text[request->used] = '\0';
	body = strstr(request->text, "\r\n\r\n");
	if (body != NULL) {
		body += 4;
		body[strcspn(body, "\r\n")] = '\0';
	}
	if (body != NULL && strncmp(request->text, "HTTP/1.1 200 ", 13) == 0 &&
	    known_server(body) != NULL)
		end_request(descriptor, "ok", known_server(body));
	else
		end_request(descriptor, "wrong body", "");
}

static void expire(void)
{
	double limit = now() - deadline;

	for (int descriptor = 0; open_count > 0 && descriptor < MOST_SOCKETS; descriptor++)
		if (requests[descriptor].is_open && requests[descriptor].began < limit)
			end_request(descriptor, "timeout", "");
}

static void progress(int wait_ms)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(epoll, events, EVENTS, wait_ms);

	if (count < 0 && errno != EINTR)
		fail("epoll_wait");
	for (int index = 0; index < count; index++) {
		int descriptor = events[index].data.fd;

		if (descriptor == STDIN_FILENO || !requests[descriptor].is_open)
			continue;
		if (requests[descriptor].is_sent)
			listen_to(descriptor);
		else
			ask(descriptor);
	}
}

static char *next_word(void)
{
	char *found = strtok(NULL, " ");

	if (found == NULL) {
		errno = EINVAL;
		fail("a word is missing");
	}
	return found;
}

static void start(void)
{
	char *names, *name, *address, *rest = NULL;

	rate = atof(next_word());
	deadline = atof(next_word());
	most_resent = (unsigned int)atoi(next_word());
	slow_every = atoi(next_word());
	slow_ms = atoi(next_word());
	names = next_word();
	target_count = 0;
	while ((address = strtok(NULL, " ")) != NULL && target_count < MOST_TARGETS) {
		struct target *target = &targets[target_count++];

		target->length = read_address(address, atoi(next_word()), &target->address);
		target->family = target->address.ss_family == AF_INET6 ? 6 : 4;
	}
	server_count = 0;
	for (name = strtok_r(names, ",", &rest); name != NULL && server_count < MOST_SERVERS;
	     name = strtok_r(NULL, ",", &rest))
		snprintf(server_names[server_count++], sizeof(server_names[0]), "%s", name);
	if (rate <= 0 || target_count == 0) {
		errno = EINVAL;
		fail("start");
	}
	record_count = 0;
	launched = 0;
	is_loading = 1;
	next_at = now();
	puts("started");
	fflush(stdout);
}

static void stop(void)
{
	double end = now() + STOP_SECONDS;

	is_loading = 0;
	while (open_count > 0 && now() < end) {
		progress(100);
		expire();
	}
	putchar('[');
	for (size_t index = 0; index < record_count; index++) {
		struct record *each = &records[index];

		printf("%s[%.6f,%d,\"%s\",\"%s\",%d,%.6f,%u]", index == 0 ? "" : ",", each->began,
		       each->family, each->result, each->server, each->port, each->spent,
		       each->resent);
	}
	puts("]");
	fflush(stdout);
}

static void command(char *line)
{
	char *first = strtok(line, " ");

	if (first != NULL && strcmp(first, "start") == 0)
		start();
	else if (first != NULL && strcmp(first, "stop") == 0)
		stop();
	else
		fail("an unknown command");
}

static void client(void)
{
	double expired = 0;

	requests = calloc(MOST_SOCKETS, sizeof(*requests));
	if (requests == NULL)
		fail("memory for requests");
	watch(EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN);
	for (;;) { /* Until stdin closes: when the lab goes, so do we. */
		struct epoll_event event;
		double wait = is_loading ? next_at - now() : 0.1;
		int wait_ms = wait <= 0 ? 0 : wait >= 0.1 ? 100 : (int)(wait * 1000) + 1;
		int count = epoll_wait(epoll, &event, 1, is_loading || open_count > 0 ? wait_ms : -1);

		/* One event tells that there is something; level-triggered, so the rest can wait. */
		if (count > 0 && event.data.fd == STDIN_FILENO && !read_lines(command))
			return;
		progress(0);
		/* The walk over all descriptors is not for every turn. */
		if (now() - expired > 0.1) {
			expire();
			expired = now();
		}
		/* A late tick is made up for, not skipped: the rate is a promise. */
		while (is_loading && now() >= next_at) {
			launch();
			next_at += 1 / rate;
		}
	}
}

/* -- the server ------------------------------------------------------------------------------- */

static const char *server_name;
/* The only address it serves; by itself all of both families. */
static const char *server_address;
static int hangs_up, listeners[2] = { -1, -1 };
/* How long every answer waits, in seconds. */
static double late;
/* When the answer on a descriptor is due; 0 when none is. */
static double due[MOST_SOCKETS];
static int due_count;

static int listen_on(int family)
{
	int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
	struct sockaddr_storage any;
	const char *everything = family == AF_INET ? "0.0.0.0" : "::";
	socklen_t length = read_address(server_address == NULL ? everything : server_address,
					SERVER_PORT, &any);

	if (descriptor < 0 ||
	    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    (family == AF_INET6 &&
	     setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) != 0) ||
	    bind(descriptor, (struct sockaddr *)&any, length) != 0 ||
	    listen(descriptor, BACKLOG) != 0)
		fail("listening");
	watch(EPOLL_CTL_ADD, descriptor, EPOLLIN);
	return descriptor;
}

static void up(void)
{
	if (listeners[0] >= 0 || listeners[1] >= 0)
		return;
	if (server_address == NULL || strchr(server_address, ':') == NULL)
		listeners[0] = listen_on(AF_INET);
	if (server_address == NULL || strchr(server_address, ':') != NULL)
		listeners[1] = listen_on(AF_INET6);
}

static void down(void)
{
	for (int index = 0; index < 2; index++) {
		if (listeners[index] >= 0)
			close(listeners[index]);
		listeners[index] = -1;
	}
}

static void switch_over(char *line)
{
	if (strcmp(line, "up") == 0)
		up();
	else if (strcmp(line, "down") == 0)
		down();
	else if (strncmp(line, "late ", 5) == 0)
		late = atof(line + 5) / 1000;
	else
		fail("an unknown word");
	puts(line);
	fflush(stdout);
}

static void hang_up(int descriptor)
{
	if (due[descriptor] != 0)
		due_count--;
	due[descriptor] = 0;
	close(descriptor);
}

static void answer(int descriptor, int keeps, size_t padding)
{
	static char text[TEXT_BYTES + MOST_PADDING];
	size_t length = strlen(server_name) + 1 + padding;
	int head = snprintf(text, TEXT_BYTES,
			    "HTTP/1.1 200 OK\r\nConnection: %s\r\nContent-Length: %zu\r\n\r\n%s\n",
			    keeps ? "keep-alive" : "close", length, server_name);

	memset(text + head, '.', padding);
	if (send(descriptor, text, (size_t)head + padding, MSG_NOSIGNAL) < 0)
		keeps = 0; /* The client gave up; its ledger says so. */
	if (!keeps)
		hang_up(descriptor);
}

static void answer_later(int descriptor, double seconds)
{
	if (due[descriptor] == 0)
		due_count++;
	due[descriptor] = now() + seconds;
}

static void receive(int descriptor)
{
	char text[LINE_BYTES];
	ssize_t count = recv(descriptor, text, sizeof(text) - 1, 0);
	char *path;

	if (count < 0 && errno == EAGAIN)
		return;
	if (count <= 0) {
		hang_up(descriptor);
		return;
	}
	text[count] = '\0';
	path = strchr(text, ' ');
	path = path == NULL ? text : path + 1;
	if (strncmp(path, "/slow/", 6) == 0) {
		answer_later(descriptor, atof(path + 6) / 1000);
	} else if (strncmp(path, "/keep", 5) == 0) {
		int padding = path[5] == '/' ? atoi(path + 6) : 0;

		answer(descriptor, 1, padding < 0 || padding > MOST_PADDING ? 0 : (size_t)padding);
	} else if (late > 0) {
		answer_later(descriptor, late);
	} else {
		answer(descriptor, 0, 0);
	}
}

static void take_in(int listener)
{
	int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (descriptor < 0)
		return; /* It was gone before we came to it. */
	/* For a thousand checked addresses that serve nothing: as cheap as a server gets. */
	if (hangs_up || descriptor >= MOST_SOCKETS) {
		close(descriptor);
		return;
	}
	watch(EPOLL_CTL_ADD, descriptor, EPOLLIN);
}

static int answer_due(void)
{
	double next = 0, moment = now();

	for (int descriptor = 0, left = due_count; left > 0 && descriptor < MOST_SOCKETS; descriptor++) {
		if (due[descriptor] == 0)
			continue;
		left--;
		if (due[descriptor] <= moment)
			answer(descriptor, 0, 0);
		else if (next == 0 || due[descriptor] < next)
			next = due[descriptor];
	}
	return next == 0 ? -1 : (int)((next - moment) * 1000) + 1;
}

static void server(void)
{
	watch(EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN);
	up();
	for (;;) { /* Until stdin closes. */
		struct epoll_event events[EVENTS];
		int count = epoll_wait(epoll, events, EVENTS, answer_due());

		if (count < 0 && errno != EINTR)
			fail("epoll_wait");
		for (int index = 0; index < count; index++) {
			int descriptor = events[index].data.fd;

			if (descriptor == STDIN_FILENO) {
				if (!read_lines(switch_over))
					return;
				/* Descriptors may mean something else now; what is due comes again. */
				break;
			}
			if (descriptor == listeners[0] || descriptor == listeners[1])
				take_in(descriptor);
			else
				receive(descriptor);
		}
	}
}

/* A machine that stands still for seconds leaves as many requests open as came meanwhile. */
static void allow_descriptors(void)
{
	const struct rlimit limit = { MOST_SOCKETS, MOST_SOCKETS };

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		fail("a higher limit of descriptors");
}

static void usage(void)
{
	fprintf(stderr,
		"usage: traffic client | traffic server NAME [--hang-up] [--at ADDRESS]\n");
	exit(2);
}

int main(int count, char **words)
{
	signal(SIGPIPE, SIG_IGN);
	allow_descriptors();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		fail("epoll");
	if (count == 2 && strcmp(words[1], "client") == 0) {
		client();
	} else if (count >= 3 && strcmp(words[1], "server") == 0) {
		server_name = words[2];
		for (int index = 3; index < count; index++) {
			if (strcmp(words[index], "--hang-up") == 0)
				hangs_up = 1;
			else if (strcmp(words[index], "--at") == 0 && index + 1 < count)
				server_address = words[++index];
			else
				usage();
		}
		server();
	} else {
		usage();
	}
	return 0;
}
