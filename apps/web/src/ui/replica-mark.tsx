import "./replica-mark.css"
import { useReplicaColor } from "../lib/use-replica-color.ts"

/** The name of a replica behind its colour. */
const ReplicaMark = ({ id }: { readonly id: string }) => {
  const colorOf = useReplicaColor()
  return (
    <span className="tessera-mark" style={colorOf(id)}>
      {id}
    </span>
  )
}

export { ReplicaMark }
