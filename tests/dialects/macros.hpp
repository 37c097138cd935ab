// Words that headers of other libraries and systems define as macros, some of them for ever. No name of ours is one.
// `foreign` includes this behind all that our headers include of others, and before them.

// Qt
#define foreach(variable, container) for (variable : container)
#define forever for (;;)
#define emit
#define signals public
#define slots

// X11
#define Above 0
#define Always 2
#define Below 1
#define Bool int
#define Complex 0
#define Convex 2
#define CurrentTime 0L
#define CursorShape 0
#define Expose 12
#define False 0
#define GrayScale 1
#define KeyPress 2
#define None 0L
#define Status int
#define Success 0
#define True 1
#define Unsorted 0

// Windows
#undef TRUE
#undef FALSE
#undef DOMAIN
#define CALLBACK
#define CONST const
#define CreateFile CreateFileA
#define DELETE (0x00010000L)
#define ERROR 0
#define FALSE 0
#define GetMessage GetMessageA
#define GetObject GetObjectA
#define IGNORE 0
#define IN
#define INFINITE 0xffffffff
#define NEAR
#define NO_ERROR 0L
#define OPTIONAL
#define OUT
#define RemoveDirectory RemoveDirectoryA
#define ReplaceFile ReplaceFileA
#define STRICT 1
#define TRUE 1
#define VOID void
#define Yield()
#define interface struct
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define small char

// glibc, BSD, old Unix
#undef major
#undef makedev
#undef minor
#undef linux
#undef unix
#undef isset
#undef MIN
#undef MAX
#undef OVERFLOW
#define MAX(a, b) (((a) > (b)) ? (a) : (b))
#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#define OVERFLOW 3
#define howmany(x, y) (((x) + ((y)-1)) / (y))
#define isset(a, i) ((a)[(i) / 8] & (1 << ((i) % 8)))
#define linux 1
#define major(device) ((device) >> 8)
#define makedev(major, minor) ((major) << 8 | (minor))
#define minor(device) ((device)&255)
#define roundup(x, y) ((((x) + ((y)-1)) / (y)) * (y))
#define unix 1

// assert.h, tests, logs
#undef assert
#define assert(condition) ((void)0)
#define ASSERT(condition) ((void)0)
#define CHECK(condition) ((void)0)
#define DEBUG 1
#define EXPECT(condition) ((void)0)
#define FAIL() return
#define INFO(text) ((void)0)
#define LOG(severity) if (false)
#define REQUIRE(condition) ((void)0)
#define TEST(suite, name) void suite##name()
#define VERIFY(condition) ((void)0)
#define WARNING 1

// gettext, complex.h, kernels, curses
#undef I
#define I 1
#define N_(text) text
#define _(text) text
#define complex _Complex
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define KEY_DOWN 0402
#define OK 0
#define ERR (-1)
