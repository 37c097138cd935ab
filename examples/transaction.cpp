// Several keys change together, or not at all.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <iostream>

using namespace holdfast;
using Accounts = StateStore<int, SqliteStorage>;

Outcome<void> transfer(Accounts& accounts, KeyView from, KeyView to, int amount) {
    return accounts.transaction({from, to}, [&](std::span<std::optional<int>> balances) -> Result<void> {
        int const left = balances[0].value_or(0) - amount;
        if (left < 0) return Error(Errc::aborted, "not enough money");  // nothing is written
        balances[0] = left;
        balances[1] = balances[1].value_or(0) + amount;
        return {};
    });
}

int main() {
    Accounts accounts(SqliteStorage::open("accounts.db").value());
    accounts.update("alice", [](int& balance) { balance = 100; }).value();
    accounts.update("bob", [](int& balance) { balance = 0; }).value();

    transfer(accounts, "alice", "bob", 70).value();
    auto const again = transfer(accounts, "alice", "bob", 70);
    std::cout << again.error().describe() << '\n';
    return again.error() == Errc::aborted && **accounts.get("alice").value() == 30 ? 0 : 1;
}
