#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

// Stands in for libFuzzer where there is none: gives the fuzzer every file of its corpus, whole and cut short.
int main(int argc, char** argv) {
    int inputs = 0;
    for (int i = 1; i < argc; ++i) {
        for (auto const& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            std::vector<char> const bytes{std::istreambuf_iterator<char>(file), {}};
            for (std::size_t cut = 0; cut <= bytes.size() && cut < 512; ++cut) {
                // An exact copy, so that a read past the end is seen by the sanitizer.
                std::vector<std::uint8_t> const input(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(cut));
                LLVMFuzzerTestOneInput(input.data(), input.size());
            }
            ++inputs;
        }
    }
    std::printf("%d inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}
