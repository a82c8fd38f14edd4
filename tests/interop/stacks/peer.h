/* peer.h: a foreign library as a program: what its file (mbedtls_peer.c ...) gives to peer.c, which
 * reads jobs and does what is the same for all. */
#ifndef STACKS_PEER_H
#define STACKS_PEER_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_WORDS = 32, MAX_LIST = 16 };

/* struct job is one line of the input: a role, and pairs of a key and a value. */
struct job {
    const char *role;
    struct {
        const char *key, *value;
    } words[MAX_WORDS];
    size_t n;
};

/* job_word is a word's value, or NULL. */
const char *job_word(const struct job *job, const char *key);

/* job_is says whether a word is there and has that value. */
bool job_is(const struct job *job, const char *key, const char *value);

/* struct list is a word of several values. */
struct list {
    char text[1024];
    const char *items[MAX_LIST + 1]; /* and NULL */
    size_t n;
};

void job_list(struct list *list, const struct job *job, const char *key);

/* struct agreed is what a library says that it has agreed upon; alpn may be NULL. */
struct agreed {
    const char *version, *suite, *alpn;
};

/* A job is one process, so what these set up lives until it ends. In `why` (of WHY bytes) they put
 * a sentence when they fail. */
enum { WHY = 200 };

/* library_set_up reads the job's words; it is called once, before the first connection. */
bool library_set_up(const struct job *job, bool server, char *why);

/* library_handshake makes a connection of the socket, through the handshake; NULL: it failed. */
struct connection *library_handshake(int fd, char *why);

struct agreed library_agreed(struct connection *c);

/* library_read gives at most n bytes: 0 after a close_notify, negative for anything else. */
long library_read(struct connection *c, void *p, size_t n);

/* library_write writes all of it. */
bool library_write(struct connection *c, const void *p, size_t n);

/* library_rekey asks for new keys; false: it cannot. */
bool library_rekey(struct connection *c);

/* library_end sends a close_notify, unless the connection is to be cut, and frees it. */
void library_end(struct connection *c, bool cut);

/* library_version is the answer to --version. */
const char *library_version(void);

#endif
