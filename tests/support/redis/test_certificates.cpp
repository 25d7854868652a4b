// Making certificates with the openssl program.
#include "support/redis/test_certificates.hpp"

#include "support/redis/child_process.hpp"

namespace aurelis::rig {

namespace {

constexpr auto kTimeout = std::chrono::seconds(30);

}  // namespace

const TestCertificates& TestCertificates::shared() {
    static const TestCertificates certificates;
    return certificates;
}

TestCertificates::TestCertificates() {
    // The index and the numbering that "openssl ca" insists on; "openssl x509" cannot sign for the past.
    write_file(folder_.file("ca.cnf"),
               "[ca]\ndefault_ca=rig\n[rig]\ndatabase=" + folder_.file("index.txt") +
                   "\nnew_certs_dir=" + folder_.path() +
                   "\ndefault_md=sha256\npolicy=any\ncopy_extensions=copy\nunique_subject=no\nrand_serial=yes\n"
                   "[any]\ncommonName=supplied\n");
    write_file(folder_.file("index.txt"), "");
    make_authority("ca");
    make_authority("other_ca");
    run_program({"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", server_key()},
                kTimeout);
    run_program({"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", client_key()},
                kTimeout);
    make_certificate("server", "DNS:localhost,IP:127.0.0.1", false);
    make_certificate("wrong_host", "DNS:other.example", false);
    make_certificate("expired", "DNS:localhost,IP:127.0.0.1", true);
    make_certificate("client", "DNS:client.example", false);
}

void TestCertificates::make_authority(const std::string& name) {
    run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                 "/CN=aurelis test " + name, "-days", "3650", "-keyout", folder_.file(name + ".key"), "-out",
                 folder_.file(name + ".crt")},
                kTimeout);
}

void TestCertificates::make_certificate(const std::string& name, const std::string& names, bool expired) {
    const std::string key = name == "client" ? client_key() : server_key();
    const std::string request = folder_.file(name + ".csr");
    run_program({"openssl", "req", "-new", "-key", key, "-subj", "/CN=" + name, "-addext", "subjectAltName=" + names,
                 "-out", request},
                kTimeout);
    std::vector<std::string> sign = {"openssl",  "ca",
                                     "-batch",   "-notext",
                                     "-config",  folder_.file("ca.cnf"),
                                     "-cert",    ca(),
                                     "-keyfile", folder_.file("ca.key"),
                                     "-in",      request,
                                     "-out",     folder_.file(name + ".crt")};
    if (expired) {
        sign.insert(sign.end(), {"-startdate", "20200101000000Z", "-enddate", "20200201000000Z"});
    } else {
        sign.insert(sign.end(), {"-days", "3650"});
    }
    run_program(sign, kTimeout);
}

}  // namespace aurelis::rig
