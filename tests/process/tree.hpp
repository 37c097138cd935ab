#ifndef HOLDFAST_TESTS_PROCESS_TREE_HPP
#define HOLDFAST_TESTS_PROCESS_TREE_HPP

#include <holdfast/object/directory_objects.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/object.hpp>

#include <string>
#include <utility>

namespace test {

/// The other door of a directory of files: its records as named bytes.
template <holdfast::Durability D = holdfast::Durability::full>
using Tree = holdfast::ObjectStorage<holdfast::DirectoryObjects<D>>;

template <holdfast::Durability D = holdfast::Durability::full>
holdfast::Result<Tree<D>> open_tree(std::string const& directory) {
    auto objects = holdfast::DirectoryObjects<D>::template open_for<holdfast::SlotFirst>(directory);
    if (!objects) return std::move(objects).error();
    return Tree<D>::open(*std::move(objects));
}

/// The directory of "tree://DIRECTORY"; empty if it is no such address.
inline std::string tree_of(std::string const& uri) { return uri.starts_with("tree://") ? uri.substr(7) : std::string(); }

}  // namespace test

#endif
