/* http.h: as much HTTP/1.1 (RFC 9112) as the command speaks: GET and HEAD. Pure functions over
 * bytes: no sockets. */
#ifndef TOOL_HTTP_H
#define TOOL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_HEAD_MAX = 16 * 1024, HTTP_LINE_MAX = 8 * 1024, HTTP_PATH_MAX = 1024 };

/* struct http_field is a header field: spans into the head; `next` is the rest of the head. */
struct http_field {
    const char *name, *value, *next;
    size_t name_len, value_len;
};

/* http_head_end finds the end of a message's head: the offset past its empty line, or 0 if that
 * has not come yet. */
size_t http_head_end(const char *bytes, size_t n);

/* http_line gives the length of the first line without its line end; `next` is where the next
 * one begins. The bytes hold a whole head. */
size_t http_line(const char *head, const char **next);

/* http_field reads the field that begins at `at`. False at the empty line, or, with *bad set, at
 * one that is malformed. */
bool http_field(struct http_field *field, const char *at, bool *bad);

/* http_field_is compares the field's name, case ignored. */
bool http_field_is(const struct http_field *field, const char *name);

/* http_has_word: does a comma-separated value contain a word? Case is ignored. */
bool http_has_word(const struct http_field *field, const char *word);

/* http_number reads a value that is decimal digits and nothing else. */
bool http_number(const struct http_field *field, uint64_t *number);

/* ---- a server's side: requests --------------------------------------------------------------- */

/* struct http_request is a request's head, taken apart. */
struct http_request {
    int status;      /* 200: go on; else answer with this and close (400, 405, ...) */
    bool head_only;  /* HEAD */
    bool keep_alive; /* the connection may carry another request */
    bool is_folder;  /* the path ended with a slash */
    char
        path[HTTP_PATH_MAX]; /* decoded, relative, without "." and empty segments; "" is the root */
};

/* http_request_read reads the head of a request at the beginning of `bytes`. Returns its length,
 * or 0 if more bytes are needed; a head that is too long or malformed has its status and is said
 * to fill all of the bytes. */
size_t http_request_read(struct http_request *request, const char *bytes, size_t n);

/* http_path decodes a request target to a path: 200, or a status for the answer. Nothing that it
 * returns leads out of the folder: a segment "..", an encoded slash, a NUL or another control
 * byte are refused. */
int http_path(struct http_request *request, const char *target, size_t n);

/* http_reason is the phrase of a status. */
const char *http_reason(int status);

/* http_media_type guesses from the file's name. */
const char *http_media_type(const char *path);

/* ---- a client's side: responses -------------------------------------------------------------- */

enum http_state {
    HTTP_HEAD,     /* the head has not ended                                         */
    HTTP_LENGTH,   /* a body of known length                                         */
    HTTP_CHUNK,    /* chunked: the line with a chunk's size                          */
    HTTP_DATA,     /* chunked: within a chunk                                        */
    HTTP_DATA_END, /* chunked: the line end after a chunk                            */
    HTTP_TRAILER,  /* chunked: after the last one                                    */
    HTTP_CLOSE,    /* the body ends with the connection                              */
    HTTP_DONE,     /* the response is complete                                       */
    HTTP_BAD       /* this is not HTTP                                               */
};

/* struct http_response reads a response as it comes. All zero is the beginning. */
struct http_response {
    enum http_state state;
    int status;
    char phrase[64];
    uint64_t body; /* bytes of the body so far                                       */
    uint64_t left; /* of the body or the chunk                                       */
    char head[HTTP_HEAD_MAX + 1];
    size_t used;
};

/* http_response_feed takes some of the bytes and returns how many; *body and *body_len are the
 * part of them that belongs to the body, if any. Call it until it has taken all, or the state is
 * HTTP_DONE or HTTP_BAD. */
size_t http_response_feed(struct http_response *response, const uint8_t *bytes, size_t n,
                          const uint8_t **body, size_t *body_len);

/* http_response_end says that the stream has ended in good order: a body that ends so is
 * complete. True if all is there. */
bool http_response_end(struct http_response *response);

#endif
