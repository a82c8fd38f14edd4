/* pair.h: a client and a server in one process, joined by memory. */
#ifndef SUPPORT_PAIR_H
#define SUPPORT_PAIR_H

#include <tacit/tacit.h>

/* struct pair is two connections and the bytes between them. `chunk` limits how many bytes one
 * hand-over carries (0: as many as fit); `tap` sees, and may change, what goes over. */
struct pair {
    tacit_conn *client, *server;
    size_t chunk;
    void (*tap)(void *user, bool to_server, uint8_t *p, size_t n);
    void *user;
};

/* pair_move carries what `from` has to send to `to`, and says how much that was. What the receiver
 * does not take any more is thrown away, as a closed socket would. */
size_t pair_move(struct pair *p, bool to_server);

/* pair_run carries bytes to and fro until nothing moves. */
void pair_run(struct pair *p);

/* pair_send writes all of `data` from one end while the other reads, and checks that it arrives;
 * false if it stops. */
bool pair_send(struct pair *p, bool to_server, const uint8_t *data, size_t n);

/* struct flipper flips bits of one byte, the at-th that goes one way; pair_flip is the tap whose
 * `user` it is. */
struct flipper {
    bool to_server;
    size_t at;
    uint8_t bits;
    size_t passed;
};

void pair_flip(void *flipper, bool to_server, uint8_t *p, size_t n);

void pair_free(struct pair *p);

#endif
