/* crowd PORT COUNT AUTHORITY [CHAIN KEY]: so many visitors of one echo server on this machine, all
 * there at once, each of whom says something else and hears it again. With a certificate, all prove
 * themselves by it. */
#include "complain.h"
#include "dial.h"

#include <stdlib.h>
#include <string.h>

struct visitor {
    tacit_stream *stream;
    int fd;
};

/* Every step is taken by all before anybody takes the next one. */

static ptrdiff_t arrive(struct visitor *v, size_t i)
{
    (void)i;
    tacit_stream_attach(v->stream, v->fd, v->fd);
    tacit_stream_timeout(v->stream, 0);
    ptrdiff_t r = tacit_stream_handshake(v->stream); /* says hello, and does not wait */
    tacit_stream_timeout(v->stream, 60000);
    return r == TACIT_STREAM_WANT_READ ? TACIT_STREAM_DONE : r;
}

static ptrdiff_t shake_hands(struct visitor *v, size_t i)
{
    (void)i;
    return tacit_stream_handshake(v->stream);
}

static size_t words_of(size_t i, char words[64])
{
    return (size_t)snprintf(words, 64, "visitor %zu was here\n", i);
}

static ptrdiff_t talk(struct visitor *v, size_t i)
{
    char words[64];
    return tacit_stream_write(v->stream, words, words_of(i, words));
}

static ptrdiff_t listen_for_it(struct visitor *v, size_t i)
{
    char words[64], heard[64];
    size_t all = words_of(i, words), n = 0;
    ptrdiff_t r = 1;
    while (r > 0 && n < all && (r = tacit_stream_read(v->stream, heard + n, all - n)) > 0)
        n += (size_t)r;
    return n == all && memcmp(words, heard, all) == 0 ? TACIT_STREAM_DONE : TACIT_STREAM_ERROR;
}

static ptrdiff_t leave(struct visitor *v, size_t i)
{
    (void)i;
    return tacit_stream_close(v->stream, true);
}

static tacit_config *config_of(int argc, char **argv, tacit_error *error)
{
    tacit_env *env = tacit_env_new(NULL, error);
    tacit_trust *trust = tacit_trust_new(env, error);
    tacit_config_options options = {.size = sizeof options, .trust = trust};
    tacit_identity *id = NULL;
    tacit_config *config = NULL;
    if (argc > 5) {
        id = tacit_identity_files(env, argv[4], argv[5], NULL, NULL, error);
        options.identities = &id;
        options.n_identities = 1;
    }
    if (trust && tacit_trust_add_file(trust, argv[3], error))
        config = tacit_client_config(env, &options, error);
    tacit_identity_free(id);
    tacit_trust_free(trust);
    tacit_env_free(env);
    return config;
}

int main(int argc, char **argv)
{
    static ptrdiff_t (*const steps[])(struct visitor *, size_t) = {arrive, shake_hands, talk,
                                                                   listen_for_it, leave};
    tacit_error error = {0};
    int status = 0;
    if (argc < 4)
        return fprintf(stderr, "usage: crowd PORT COUNT AUTHORITY [CHAIN KEY]\n"), 2;
    size_t count = strtoul(argv[2], NULL, 10);
    tacit_config *config = config_of(argc, argv, &error);
    struct visitor *all = config ? calloc(count, sizeof *all) : NULL;
    if (!all)
        return complain(&error);
    for (size_t i = 0; i < count && status == 0; i++) {
        all[i].stream = tacit_stream_new(tacit_client_new(config, "localhost", &error), &error);
        all[i].fd = dial("127.0.0.1", argv[1]);
        if (!all[i].stream || all[i].fd < 0)
            status = complain(&error);
    }
    for (size_t step = 0; step < sizeof steps / sizeof steps[0] && status == 0; step++)
        for (size_t i = 0; i < count && status == 0; i++)
            if (steps[step](&all[i], i) < 0)
                status = complain(tacit_stream_error(all[i].stream));
    for (size_t i = 0; i < count; i++) {
        if (all[i].stream)
            close(all[i].fd);
        tacit_stream_free(all[i].stream);
    }
    free(all);
    tacit_config_free(config);
    if (status == 0)
        printf("%zu heard their own words\n", count);
    return status;
}
