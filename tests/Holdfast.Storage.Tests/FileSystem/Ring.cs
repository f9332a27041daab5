using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Tests.FileSystem.Lifetime;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>One cycle of any length: each program is in a prog array, which it uses, as it uses the next program's and other maps.</summary>
internal static class Ring
{
    /// <summary>Makes it, and returns its objects, programs and arrays in turn.</summary>
    public static List<ObjectFile> Make(Store store, int programs, params ObjectFile[] maps)
    {
        List<ObjectFile> files = [];
        List<ObjectFile> arrays = [];
        for (int index = 0; index < programs; index++)
        {
            Assert.True(Maps.TestMap.TryCreate(store, MapType.ProgArray, 4, 4, ReferenceModel.Slots, MapFlags.None, out ObjectFile? array, out _));
            arrays.Add(array!);
        }

        for (int index = 0; index < programs; index++)
        {
            ObjectFile program = TemporaryStore.Create(store, TemporaryStore.Program([arrays[index], arrays[(index + 1) % programs], .. maps]));
            Actor.ChangeSlot(store, arrays[index], 0, program);
            files.AddRange(program, arrays[index]);
        }

        return files;
    }
}
