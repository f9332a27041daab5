namespace Holdfast.Cli.Tests;

/// <summary>The command <c>fsck</c>: exit codes, lines and JSON.</summary>
public sealed class FsckCommandTests
{
    [Fact]
    public void FindingsAreOneLineEachAndTheExitCode()
    {
        using TemporaryStore store = new();
        store.Run("map", "create", "counters", "--type", "hash", "--key", "4", "--value", "8", "--entries", "10").Succeeded();
        Assert.EndsWith(": 1 objects, clean\n", store.Run("fsck").Succeeded().Output, StringComparison.Ordinal);
        File.Delete(store.Path + "/objects/maps/1");
        CommandResult found = store.Run("fsck");
        Assert.Equal(1, found.ExitCode);
        Assert.Equal("", found.Error);
        string[] lines = found.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"{store.Pin("counters")}: map 1, which it names, has no name in objects; ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("1 finding", lines[1], StringComparison.Ordinal);
        System.Text.Json.Nodes.JsonNode json = store.Run("fsck", "--repair", "--json").Succeeded().Json;
        Assert.True(json["clean"]!.GetValue<bool>());
        Assert.Equal(store.Pin("counters"), json["fixed"]![0]!["subject"]!.GetValue<string>());
        Assert.Empty(json["findings"]!.AsArray());
        store.Run("map", "show", "id:1").Succeeded();
    }

    [Fact]
    public void WhatIsNoStoreIsRefused()
    {
        using TemporaryStore store = new();
        store.Run("fsck").Failed(1, "no such file or directory");
        store.Run("fsck", "--engine", "kernel").Failed(1, "only a store of the userspace engine");
        Directory.CreateDirectory(store.Path);
        store.Run("fsck").Failed(1, "is not a store");
    }
}
