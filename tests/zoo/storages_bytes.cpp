// Storages that take bytes for something that they know, and names for others.

#include <zoo/storages.hpp>

#include <catch2/catch_test_macros.hpp>

namespace zoo {

namespace {

using Id = RecordId const&;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size()) text.replace(at, what.size(), by);
    return text;
}
Breaking stores(std::function<void(Record&, Record const* old)> spoil) {
    return [spoil](Ark& ark) {
        ark.store = [spoil](Id, Record& record, Record const* old, Ark::Call) { spoil(record, old); };
    };
}
Breaking stores_text(std::function<void(std::string&)> spoil) {
    return stores([spoil](Record& record, Record const*) {
        std::string text(record.payload.view());
        spoil(text);
        record.payload = Bytes::copy(text);
    });
}
Breaking stores_attributes(std::function<void(std::string& name, std::string& value)> spoil) {
    return stores([spoil](Record& record, Record const*) {
        for (auto& [name, value] : record.attributes) spoil(name, value);
    });
}
/// Records by what becomes of their keys.
Breaking names(std::function<std::string(std::string_view)> change) {
    return [change](Ark& ark) {
        ark.name = [change](Id id) {
            return change(id.key.view()) + "\x01" + std::string(name(id.slot)) + (id.slot == Slot::version ? to_string(id.version) : "");
        };
    };
}
Breaking names_without(char const* end) {
    return names([end](std::string_view key) { return std::string(key.substr(0, key.find(end))); });
}

Animals of_bytes() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) {
        all.push_back(storage(law, sin, std::move(broken)));
    };

    char const* law = "reads_see_writes";
    add(law, "writes JSON as it likes it", stores_text([](std::string& text) {
            if (text.starts_with("{\"")) text = replaced(text, " ", "");
        }));
    add(law, "a column of numbers where text looks like one", stores_text([](std::string& text) {
            if (text.size() > 1 && text[0] == '0' && text.find_first_not_of("0123456789") == text.npos) text.erase(0, 1);
        }));
    add(law, "'null' is nothing", stores_text([](std::string& text) {
            if (text == "null") text.clear();
        }));
    add(law, "drops a byte order mark", stores_text([](std::string& text) {
            if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
        }));
    add(law, "unpacks what looks packed", stores_text([](std::string& text) {
            if (text.starts_with("\x1f\x8b")) text.clear();
        }));
    add(law, "large payloads are beside the record, and stay there when a small one follows", stores([](Record& record, Record const* old) {
            if (old != nullptr && old->payload.size() > 8192 && record.payload.size() < 8192) record.payload = old->payload;
        }));

    law = "payloads_are_whole";
    add(law, "writes in place and does not cut what was longer", stores([](Record& record, Record const* old) {
            if (old == nullptr || old->payload.size() < 200'000 || record.payload.size() >= old->payload.size()) return;
            std::string text(record.payload.view());
            record.payload = Bytes::copy(text.append(old->payload.view().substr(text.size())));
        }));
    add(law, "what fills a page is not written", stores_text([](std::string& text) {
            if (text.size() == 4096) text.clear();
        }));

    law = "records_are_kept";
    add(law, "names of attributes in small letters, as headers of a service", stores_attributes([](std::string& name, std::string&) {
            for (char& c : name)
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }));
    add(law, "values of attributes without blanks at the ends, as headers have them", stores_attributes([](std::string&, std::string& value) {
            while (value.starts_with(' ')) value.erase(0, 1);
        }));
    add(law, "values of attributes as C strings", stores_attributes([](std::string&, std::string& value) { value.resize(std::min(value.size(), value.find('\0'))); }));
    add(law, "a column of 128 bytes for the purpose of a lease", stores([](Record& record, Record const*) {
            if (!record.lease) return;
            auto lease = std::make_shared<Lease>(*record.lease);
            lease->purpose = lease->purpose.substr(0, 128);
            record.lease = lease;
        }));
    add("attributes_are_whole", "has room for ten attributes", stores([](Record& record, Record const*) {
            if (record.attributes.size() > 10) record.attributes.resize(10);
        }));

    law = "keys_are_apart";
    add(law, "blanks at the end of a key do not count", names([](std::string_view key) {
            return std::string(key.substr(0, key.find_last_not_of(' ') + 1));
        }));
    add(law, "two slashes are one", names([](std::string_view key) { return replaced(std::string(key), "//", "/"); }));
    add(law, "a slash at the beginning is dropped", names([](std::string_view key) { return std::string(key.substr(key.starts_with('/') ? 1 : 0)); }));
    add(law, "a dot for this directory is dropped", names([](std::string_view key) { return std::string(key.substr(key.starts_with("./") ? 2 : 0)); }));
    add(law, "a slash becomes an underscore", names([](std::string_view key) { return replaced(std::string(key), "/", "_"); }));
    add(law, "a plus is a blank", names([](std::string_view key) { return replaced(std::string(key), "+", " "); }));
    add(law, "a key ends before '#', as an address does", names_without("#"));
    add(law, "a key ends before '?', as an address does", names_without("?"));
    add(law, "letters of four bytes are one sign", names([](std::string_view key) {
            std::string text;
            for (std::size_t i = 0; i < key.size(); ++i) {
                bool const long_one = (static_cast<unsigned char>(key[i]) & 0xf8) == 0xf0;
                text.append(long_one ? "\xef\xbf\xbd" : key.substr(i, 1));
                if (long_one) i += 3;
            }
            return text;
        }));
    add(law, "keys without regard to case, beyond ASCII", names([](std::string_view key) { return replaced(std::string(key), "\xc3\x89", "\xc3\xa9"); }));
    add(law, "a column of numbers where keys look like them", names([](std::string_view key) {
            if (key.find_first_not_of("0123456789") != key.npos) return std::string(key);
            return std::string(key.substr(std::min(key.find_first_not_of('0'), key.size())));
        }));
    add(law, "names that begin with a dot are none of its own", [](Ark& ark) {
        ark.on_read = [](Ark& right, Context const&, Id id) {
            return id.key.view().starts_with('.') ? Result<RecordPtr>(RecordPtr()) : right.right_read(id);
        };
    });
    add(law, "gives the next key where there is none", [](Ark& ark) {
        ark.on_read = [](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
            auto const now = *right.right_read(id);
            if (now || id.slot != Slot::current) return now;
            for (auto const& row : right.rows())
                if (row->id.slot == Slot::current && row->key.view() > id.key.view() && row->key.view().starts_with(id.key.view())) return row->record;
            return now;
        };
    });
    return all;
}

}  // namespace

Animals storages_of_bytes() { return of_bytes(); }

TEST_CASE("zoo: storages that take bytes and names for others", "[zoo]") { condemned(storages_of_bytes()); }

}  // namespace zoo
