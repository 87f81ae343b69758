// Starting a program with less than what this process has: Swift has no fork, and posix_spawn(3)
// cannot give limits, another user, fewer capabilities or a signal at the death of the parent.
//
// Between vfork(2) and execve(2) the child has the memory of its parent, so what runs there makes
// system calls and nothing else; those that glibc would carry out in every thread (setuid and its
// like) are called by number.
#define _GNU_SOURCE

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int penstock_give_up(volatile int32_t *step, int32_t value) {
    *step = value;
    return errno;
}

static int penstock_prepare(const struct penstock_program *program, pid_t parent,
                                   volatile int32_t *step) {
    // A group of its own, so that all of it can be ended, and no key of a terminal reaches it.
    setpgid(0, 0);
    int given[3] = {program->input, program->output, program->errors};
    for (int number = 0; number < 3; number++) {
        given[number] = fcntl(given[number], F_DUPFD_CLOEXEC, 3);
        if (given[number] < 0) return penstock_give_up(step, PENSTOCK_DESCRIPTORS);
    }
    for (int number = 0; number < 3; number++) {
        if (dup2(given[number], number) < 0) return penstock_give_up(step, PENSTOCK_DESCRIPTORS);
    }
    // Linux 5.9; before it, what is ours is closed at exec all the same.
    syscall(SYS_close_range, 3u, ~0u, 0u);

    for (int32_t number = 0; number < program->limit_count; number++) {
        struct rlimit limit;
        if (getrlimit(program->limits[number].resource, &limit) != 0)
            return penstock_give_up(step, PENSTOCK_LIMITS);
        // Never more than there is already, which takes a privilege.
        rlim_t value = program->limits[number].value;
        if (limit.rlim_max < value) value = limit.rlim_max;
        limit.rlim_cur = value;
        limit.rlim_max = value;
        if (setrlimit(program->limits[number].resource, &limit) != 0)
            return penstock_give_up(step, PENSTOCK_LIMITS);
    }

    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2] = {{0, 0, 0}, {0, 0, 0}};
    if (syscall(SYS_capget, &header, sets) != 0)
        return penstock_give_up(step, PENSTOCK_CAPABILITIES);
    uint32_t kept = program->capabilities & sets[0].permitted;
    // Refused without CAP_SETPCAP; then no_new_privs is what holds.
    for (unsigned long number = 0; number < 64; number++)
        if (number >= 32 || !(kept >> number & 1)) prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
    if (program->has_user) {
        if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0
            || syscall(SYS_setgroups, 0, (void *)0) != 0
            || syscall(SYS_setresgid, program->group, program->group, program->group) != 0
            || syscall(SYS_setresuid, program->user, program->user, program->user) != 0)
            return penstock_give_up(step, PENSTOCK_USER);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return penstock_give_up(step, PENSTOCK_CAPABILITIES);
    sets[0].effective = sets[0].permitted = sets[0].inheritable = kept;
    sets[1].effective = sets[1].permitted = sets[1].inheritable = 0;
    // The sandbox of a service may refuse it. Who is not root has after execve what is ambient and
    // nothing else, so there it is enough to take that away; root has all that is bounded.
    if (syscall(SYS_capset, &header, sets) != 0 && syscall(SYS_geteuid) == 0)
        return penstock_give_up(step, PENSTOCK_CAPABILITIES);
    // What is in here survives execve without a privilege of the file (capabilities(7)).
    for (unsigned long number = 0; number < 64; number++) {
        if (number < 32 && kept >> number & 1)
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0);
        else
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, number, 0, 0);
    }
    // After the user, a change of which forgets it. Of the thread that calls, not of the process.
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) _exit(127);

    struct sigaction usual = {0};
    usual.sa_handler = SIG_DFL;
    for (int number = 1; number < 65; number++) sigaction(number, &usual, (void *)0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, (void *)0);

    execve(program->path, program->arguments, program->environment);
    return penstock_give_up(step, PENSTOCK_EXEC);
}

// What returns twice must have a frame of its own.
__attribute__((noinline)) int32_t
penstock_spawn(const struct penstock_program *program, int32_t *failed_step,
               int32_t *failed_errno) {
    volatile int32_t step = 0;
    volatile int32_t number = 0;
    pid_t parent = getpid();
    sigset_t all, before;
    sigfillset(&all);
    // A handler that ran in the child would do so in the memory of its parent.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = vfork();
    if (child == 0) {
        number = penstock_prepare(program, parent, &step);
        _exit(127);
    }
    int fork_errno = errno;
    pthread_sigmask(SIG_SETMASK, &before, (void *)0);
    if (child < 0) {
        *failed_step = PENSTOCK_FORK;
        *failed_errno = fork_errno;
        return -1;
    }
    if (step != 0) {
        // It has ended, and is waited for here because nobody will ever hear of it.
        while (waitpid(child, (void *)0, 0) < 0 && errno == EINTR) {}
        *failed_step = step;
        *failed_errno = number;
        return -1;
    }
    return child;
}

int32_t penstock_pidfd(int32_t process) {
    return (int)syscall(SYS_pidfd_open, process, 0u);
}

int32_t penstock_pipe(int32_t *ends) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

int32_t penstock_ended(int32_t process, int32_t *status) {
    siginfo_t info;
    info.si_pid = 0;
    if (waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return 1;
    if (info.si_pid == 0) return 0;
    *status = info.si_status;
    return info.si_code == CLD_EXITED ? 1 : 2;
}

uint32_t penstock_permitted(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2] = {{0, 0, 0}, {0, 0, 0}};
    return syscall(SYS_capget, &header, sets) == 0 ? sets[0].permitted : 0;
}

int32_t penstock_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int32_t penstock_adopt_orphans(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int32_t penstock_trim(void) {
    return malloc_trim(0);
}
