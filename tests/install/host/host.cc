// host.cc: a program in C++ outside the tree. It joins a client and a server in memory, and has each
// object of the library freed by its scope.
#include <tacit/tacit.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

namespace {

template <typename T, void (*end)(T *)> struct Ender {
    void operator()(T *object) const { end(object); }
};
template <typename T, void (*end)(T *)> using Owned = std::unique_ptr<T, Ender<T, end>>;

using Env = Owned<tacit_env, tacit_env_free>;
using Trust = Owned<tacit_trust, tacit_trust_free>;
using Identity = Owned<tacit_identity, tacit_identity_free>;
using Config = Owned<tacit_config, tacit_config_free>;
using Conn = Owned<tacit_conn, tacit_conn_free>;

// count is a callback: what `user` points to is ours.
void count(void *user, const tacit_message *message)
{
    *static_cast<int *>(user) += message->sent;
}

bool carry(tacit_conn *from, tacit_conn *to)
{
    tacit_span out = tacit_conn_wire_out_buf(from);
    tacit_buf room = tacit_conn_wire_in_buf(to);
    size_t n = out.n < room.n ? out.n : room.n;
    if (n == 0)
        return false;
    std::memcpy(room.p, out.p, n);
    tacit_conn_wire_in_done(to, n);
    tacit_conn_wire_out_done(from, n);
    return true;
}

bool talk(tacit_conn *client, tacit_conn *server)
{
    const std::string word = "hello";
    while (carry(client, server) || carry(server, client)) {
    }
    if (tacit_conn_phase(client) != TACIT_PHASE_CONNECTED ||
        tacit_conn_write(client, word.data(), word.size()) != word.size() ||
        !carry(client, server))
        return false;
    tacit_span got = tacit_conn_app_in_buf(server);
    tacit_info info = tacit_info();
    info.size = sizeof info;
    return std::string(reinterpret_cast<const char *>(got.p), got.n) == word &&
           tacit_conn_info(client, &info) && info.peer_verified;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int sent = 0;
    tacit_error error = tacit_error();
    Env env(tacit_env_new(nullptr, &error));
    Trust trust(tacit_trust_new(env.get(), &error));
    Identity identity(
        tacit_identity_files(env.get(), argv[2], argv[3], nullptr, nullptr, &error));
    if (!trust || !identity || !tacit_trust_add_file(trust.get(), argv[1], &error))
        return std::fprintf(stderr, "%s\n", error.name), 1;
    tacit_config_options for_client = tacit_config_options(), for_server = for_client;
    for_client.size = for_server.size = sizeof for_client;
    for_client.trust = trust.get();
    for_client.trace = count;
    for_client.user = &sent;
    tacit_identity *const identities[] = {identity.get()};
    for_server.identities = identities;
    for_server.n_identities = 1;
    Config client_config(tacit_client_config(env.get(), &for_client, &error));
    Config server_config(tacit_server_config(env.get(), &for_server, &error));
    Conn client(tacit_client_new(client_config.get(), "localhost", &error));
    Conn server(tacit_server_new(server_config.get(), &error));
    if (!client || !server || !talk(client.get(), server.get()) || sent != 2)
        return std::fprintf(stderr, "%d messages, %s\n", sent, error.name ? error.name : ""), 1;
    std::printf("tacit %s\n", tacit_version());
}
