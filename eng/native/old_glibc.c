// Lets what is linked on a new system start on an old one (CentOS 7: glibc 2.17). Of a few functions the linker would take a form
// that old systems lack. Each is defined here, for this binary alone, as a jump to its oldest form, which every glibc still has.
// In old systems some of them live in libpthread and libdl: the link names both (eng/NativeAot.targets).

#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OLDEST "GLIBC_2.2.5"
#define JUMP(name) "jmp *" name "@GOTPCREL(%rip)"
#elif defined(__aarch64__)
#define OLDEST "GLIBC_2.17"
#define JUMP(name) "adrp x16, :got:" name "\n ldr x16, [x16, :got_lo12:" name "]\n br x16"
#endif

// A jump, not a call: dlsym looks at who called it.
#define OLD_AS(name, version) \
    __asm__(".text\n .symver old_" #name ", " #name "@" version "\n" \
            ".globl " #name "\n .hidden " #name "\n .type " #name ", %function\n" \
            #name ": " JUMP("old_" #name) "\n .size " #name ", . - " #name "\n")
#define OLD(name) OLD_AS(name, OLDEST)

OLD(dladdr);
OLD(dlclose);
OLD(dlerror);
OLD(dlopen);
OLD(dlsym);
OLD(exp);
OLD(log);
OLD(pow);
OLD(pthread_attr_getstack);
OLD(pthread_attr_setstacksize);
OLD(pthread_create);
OLD(pthread_getattr_np);
OLD(pthread_key_create);
OLD(pthread_kill);
OLD(pthread_mutexattr_destroy);
OLD(pthread_mutexattr_init);
OLD(pthread_mutexattr_settype);
OLD(pthread_once);
OLD(pthread_rwlock_rdlock);
OLD(pthread_rwlock_unlock);
OLD(pthread_rwlock_wrlock);
OLD(pthread_setspecific);
OLD(pthread_sigmask);
#if defined(__x86_64__)
OLD_AS(pthread_condattr_setclock, "GLIBC_2.3.3");
OLD_AS(pthread_setname_np, "GLIBC_2.12");
#else
OLD(pthread_condattr_setclock);
OLD(pthread_setname_np);
#endif

// From 2.28 on; the kernel has it longer.
__attribute__((visibility("hidden"))) int statx(int folder, const char *path, int flags, unsigned mask, void *result)
{
    return syscall(SYS_statx, folder, path, flags, mask, result);
}

#ifndef SHARED_LIBRARY
typedef void Initializer(int argc, char **argv, char **environment);

extern Initializer *__init_array_start[] __attribute__((visibility("hidden")));
extern Initializer *__init_array_end[] __attribute__((visibility("hidden")));
extern void _init(void);

// Before 2.34 a program ran its own initializers, by a function that its start code brought along; from then on glibc runs them
// where it is given none, which is what the start code of a new system counts on. So one is given: right in both.
static void initialize(int argc, char **argv, char **environment)
{
    _init();
    for (Initializer **next = __init_array_start; next < __init_array_end; next++)
        (*next)(argc, argv, environment);
}

typedef int Main(int argc, char **argv, char **environment);

extern int old_start(Main *, int argc, char **argv, Initializer *, void (*fini)(void), void (*rtld_fini)(void), void *stack_end);
__asm__(".symver old_start, __libc_start_main@" OLDEST);

__attribute__((visibility("hidden"))) int __libc_start_main(
    Main *main, int argc, char **argv, Initializer *none, void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    (void)none;
    return old_start(main, argc, argv, initialize, fini, rtld_fini, stack_end);
}

#endif
