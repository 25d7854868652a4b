// Certificates for tests, made by the openssl program once per process into a folder of their own: a CA, a server's
// certificate for localhost and 127.0.0.1, a client's, and those that a careful client must refuse. All are PEM files.
#pragma once

#include "support/redis/temp_folder.hpp"

#include <string>

namespace aurelis::rig {

struct TlsFiles {
    std::string ca;  // Empty: the peer is not verified.
    std::string certificate;
    std::string key;
    std::string server_name = "localhost";  // For SNI and the check of the name.
};

class TestCertificates {
public:
    static const TestCertificates& shared();

    std::string ca() const { return folder_.file("ca.crt"); }
    // A CA that has signed nothing here.
    std::string other_ca() const { return folder_.file("other_ca.crt"); }
    std::string server_certificate() const { return folder_.file("server.crt"); }
    std::string server_key() const { return folder_.file("server.key"); }
    // Signed by the CA, but for other.example; signed by the CA, but expired years ago.
    std::string wrong_host_certificate() const { return folder_.file("wrong_host.crt"); }
    std::string expired_certificate() const { return folder_.file("expired.crt"); }
    std::string client_certificate() const { return folder_.file("client.crt"); }
    std::string client_key() const { return folder_.file("client.key"); }

    // What a well-behaved client uses: the CA, and the client's certificate and key.
    TlsFiles client_files() const { return {ca(), client_certificate(), client_key(), "localhost"}; }

private:
    TestCertificates();
    void make_authority(const std::string& name);
    void make_certificate(const std::string& name, const std::string& names, bool expired);

    TempFolder folder_;
};

}  // namespace aurelis::rig
