/* tacit/base.h: the words that every other header uses.
 *
 * lends     the callee keeps ownership; what is lent is valid until the call that the text names
 * copies    the callee keeps nothing of what it was given
 * takes a reference   the object lives at least as long as its taker; free your own when you like
 *
 * Parameters: the object, and the numbers of the part of it that is meant; what is filled in; what
 * is given; last, `error`.
 *
 * Functions that can fail return NULL or false and, where they take a `tacit_error *`, fill it in
 * (NULL: not wanted). Begin with one that is all zero: {0}.
 *
 * An object may be NULL, as one that could not be made is. What is asked of it then does nothing,
 * and is false, NULL or 0; a connection or a stream that is NULL has failed. `error` stays as it
 * was if it tells of a failure already, and is NO_OBJECT otherwise. So calls chain, and the first
 * failure is the one that is told.
 *
 * What is immutable (environments, configurations, identities, trust once a configuration has it,
 * reports) may be used by any number of threads at a time; anything else by one, functions that
 * only ask included. References may be taken and dropped on any thread.
 *
 * Every option struct begins with `size`, set to sizeof of the struct; every other field may stay
 * zero, which means "the default". A struct that you have filled in begins with it as well. One of
 * another size is an error, respectively left alone, and the function false.
 *
 * A list and the number of its entries go together: a number without a list is an error, and so is
 * an empty one of those that refuse whoever is not on it (`pins`, `allow`, `policies`).
 *
 * Enumerations are as large as an int; in structs they have the type of the field. */
#ifndef TACIT_BASE_H
#define TACIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TACIT_API __attribute__((visibility("default")))
#else
#define TACIT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_span is a lent, read-only run of bytes; {NULL, 0} is the empty one. */
typedef struct tacit_span {
    const uint8_t *p;
    size_t n;
} tacit_span;

/* tacit_buf is a lent, writable run of bytes. */
typedef struct tacit_buf {
    uint8_t *p;
    size_t n;
} tacit_buf;

typedef struct tacit_error tacit_error;

/* tacit_env is what an application shares among its configurations: hooks and the fetched
 * algorithms of libcrypto, in a library context of its own. Any number of threads may use one. */
typedef struct tacit_env tacit_env;

/* tacit_env_options are the hooks of a tacit_env. */
typedef struct tacit_env_options {
    size_t size;
    void *user;                                         /* handed to every hook */
    void *(*alloc)(void *user, size_t n);               /* aligned for max_align_t; NULL when there
                                                         * is no memory; default: malloc */
    void (*release)(void *user, void *p, size_t n);     /* n is what alloc was asked for; default:
                                                         * free */
    int64_t (*now)(void *user);                         /* seconds since 1970-01-01T00:00Z; default:
                                                         * time() */
    bool (*random)(void *user, uint8_t *out, size_t n); /* for tests; default: libcrypto's private
                                                         * generator */
    uint32_t signature_cache; /* how many signatures of certificates to remember, at most 1048576;
                               * default: none. What a hit saves can be timed by a peer: others'
                               * earlier visits show (see tacit(3)) */
} tacit_env_options;

/* tacit_env_new makes an environment; options may be NULL. Returns NULL and fills `error` when
 * memory or libcrypto fail. End it with tacit_env_free. */
TACIT_API tacit_env *tacit_env_new(const tacit_env_options *options, tacit_error *error);

/* tacit_env_free drops your reference; objects made from the environment keep theirs. NULL is
 * fine. */
TACIT_API void tacit_env_free(tacit_env *env);

/* tacit_env_random fills `out` with n bytes from the environment's generator; false if it failed,
 * and then `out` is not to be used. */
TACIT_API bool tacit_env_random(tacit_env *env, uint8_t *out, size_t n);

/* tacit_version is the library's version, such as "0.1.0". */
TACIT_API const char *tacit_version(void);

#ifdef __cplusplus
}
#endif
#endif
