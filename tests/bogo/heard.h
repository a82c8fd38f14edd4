/* heard.h: what the callbacks of a configuration tell of its one connection. */
#ifndef BOGO_HEARD_H
#define BOGO_HEARD_H

#include <tacit/tacit.h>

enum { SECRET_MAX = 64 };

/* struct heard is the `user` of a configuration. */
struct heard {
    char messages[1024]; /* a line for each, such as "write hs 1"            */
    size_t n;
    uint8_t secrets[2][SECRET_MAX]; /* the first traffic secrets: the client's, then the server's */
    size_t secret_n;
};

/* heard_message and heard_line are callbacks: `trace` and `keylog`. */
void heard_message(void *user, const tacit_message *message);
void heard_line(void *user, const char *line);

/* heard_is says whether the handshake messages were those of `wanted`, where they stand among lines
 * for records and alerts, which nobody tells of here. */
bool heard_is(const struct heard *h, const char *wanted);

#endif
