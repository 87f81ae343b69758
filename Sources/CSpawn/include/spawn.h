// What of starting and watching processes Swift has no calls for.
//
// No header of the system but this one: what it would bring would hide the same of Swift's own Glibc
// module from whoever imports both.
#ifndef PENSTOCK_SPAWN_H
#define PENSTOCK_SPAWN_H

#include <stdint.h>

// One limit of setrlimit(2), soft and hard.
struct penstock_limit {
    int32_t resource;
    uint64_t value;
};

struct penstock_program {
    const char *path;
    char *const *arguments;
    char *const *environment;
    // What becomes 0, 1 and 2; everything else is closed.
    int32_t input, output, errors;
    // Whether the user and the group are changed; supplementary groups are given up then.
    int32_t has_user;
    uint32_t user, group;
    // Bits of the capabilities that are kept where they are there, all below 32.
    uint32_t capabilities;
    const struct penstock_limit *limits;
    int32_t limit_count;
};

// What was being done when it failed.
enum penstock_step {
    PENSTOCK_FORK = 1,
    PENSTOCK_DESCRIPTORS,
    PENSTOCK_LIMITS,
    PENSTOCK_USER,
    PENSTOCK_CAPABILITIES,
    PENSTOCK_EXEC,
};

// Starts `program` and answers its process; or -1, with the step that failed and errno.
int32_t penstock_spawn(const struct penstock_program *program, int32_t *failed_step,
                       int32_t *failed_errno);

// A descriptor that can be read when the process has ended (Linux 5.3).
int32_t penstock_pidfd(int32_t process);

// pipe2(2) of two descriptors that exec closes.
int32_t penstock_pipe(int32_t *ends);

// How a child has ended, which stays for who waits for it: 0 while it has not, 1 by itself, 2 by a
// signal; `status` is the status or the signal.
int32_t penstock_ended(int32_t process, int32_t *status);

// The lower 32 capabilities that this process may use.
uint32_t penstock_permitted(void);

// The name of this process in lists of processes; 15 characters count.
int32_t penstock_name(const char *name);

// Has orphans below this process become its children, so that it can end them.
int32_t penstock_adopt_orphans(void);

// Gives freed memory back to the kernel; whether there was any.
int32_t penstock_trim(void);

#endif
