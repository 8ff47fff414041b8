#include "casework/workshop/confine.h"

#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CPU_SECONDS = 20, OUTPUT_MAX = 64 * 1024 * 1024 };
#define MEMORY_MAX ((rlim_t)768 * 1024 * 1024)

/* Sanitizers reserve terabytes of addresses and call what the filter forbids; what they look for
   does not hide behind these two. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

static bool limit(unsigned what, rlim_t to)
{
    const struct rlimit both = {to, to};

    return setrlimit(what, &both) == 0;
}

static bool limit_all(void)
{
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, CPU_SECONDS) &&
           limit(RLIMIT_FSIZE, OUTPUT_MAX) && (IS_SANITIZED || limit(RLIMIT_AS, MEMORY_MAX));
}

/* Of root nothing is left; an ordinary user has no more rights to give up. */
static bool become_nobody(void)
{
    const struct passwd *nobody;

    if (geteuid() != 0)
        return true;
    nobody = getpwnam("nobody");
    return nobody != NULL && setgroups(0, NULL) == 0 &&
           setresgid(nobody->pw_gid, nobody->pw_gid, nobody->pw_gid) == 0 &&
           setresuid(nobody->pw_uid, nobody->pw_uid, nobody->pw_uid) == 0;
}

/* Reading what is open, writing, memory, and the end. Whatever else is called kills the process. */
static bool filter(void)
{
    static const int allowed[] = {
        SCMP_SYS(read),         SCMP_SYS(readv),          SCMP_SYS(write),
        SCMP_SYS(writev),       SCMP_SYS(lseek),          SCMP_SYS(fstat),
        SCMP_SYS(newfstatat),   SCMP_SYS(close),          SCMP_SYS(brk),
        SCMP_SYS(mmap),         SCMP_SYS(munmap),         SCMP_SYS(mremap),
        SCMP_SYS(mprotect),     SCMP_SYS(madvise),        SCMP_SYS(futex),
        SCMP_SYS(getrandom),    SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
        SCMP_SYS(sigaltstack),  SCMP_SYS(getpid),         SCMP_SYS(gettid),
        SCMP_SYS(tgkill),       SCMP_SYS(exit),           SCMP_SYS(exit_group),
    };
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool is_loaded = context != NULL;

    for (size_t i = 0; is_loaded && i < sizeof(allowed) / sizeof(*allowed); i++)
        is_loaded = seccomp_rule_add(context, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    is_loaded = is_loaded && seccomp_load(context) == 0;
    seccomp_release(context);
    return is_loaded;
}

bool confine(void)
{
    if (limit_all() && become_nobody() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        (IS_SANITIZED || filter()))
        return true;
    fputs("the workshop cannot give up its rights\n", stderr);
    return false;
}
